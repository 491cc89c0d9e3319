with

versions as (

    select * from {{ versions_of('ratings', ['customer_id', 'product_id', 'rated_at']) }} as every_version

)

select * from versions
