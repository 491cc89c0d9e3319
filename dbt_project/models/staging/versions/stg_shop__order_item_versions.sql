with

versions as (

    select * from {{ versions_of('order_items', ['order_id', 'line_number']) }} as every_version

)

select * from versions
