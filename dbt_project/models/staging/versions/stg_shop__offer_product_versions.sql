with

versions as (

    select * from {{ versions_of('offer_products', ['offer_id', 'product_id'], is_entity=true) }} as every_version

)

select * from versions
