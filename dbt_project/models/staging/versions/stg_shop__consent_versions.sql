with

versions as (

    select * from {{ versions_of('consents', ['customer_id', 'channel'], is_entity=true) }} as every_version

)

select * from versions
