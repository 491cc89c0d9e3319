with

versions as (

    select * from {{ versions_of('partners', ['partner_id'], is_entity=true) }} as every_version

)

select * from versions
