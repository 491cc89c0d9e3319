with

versions as (

    select * from {{ versions_of('proposal_verdicts', ['offer_id'], is_entity=true) }} as every_version

)

select * from versions
