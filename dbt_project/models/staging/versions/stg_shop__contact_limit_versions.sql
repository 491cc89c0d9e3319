with

versions as (

    select * from {{ versions_of('contact_limits', ['channel'], is_entity=true) }} as every_version

)

select * from versions
