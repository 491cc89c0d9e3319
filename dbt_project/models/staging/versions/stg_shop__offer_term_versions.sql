with

versions as (

    select * from {{ versions_of('offer_terms', ['offer_id'], is_entity=true) }} as every_version

)

select * from versions
