with

versions as (

    select * from {{ versions_of('store_promotions', ['product_id', 'store_id', 'start_date']) }} as every_version

)

select * from versions
