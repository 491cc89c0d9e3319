with

versions as (

    select * from {{ versions_of('orders', ['order_id']) }} as every_version

)

select * from versions
