with

versions as (

    select * from {{ ref('stg_shop__return_versions') }}

),

newest_rows as (

    select
        return_id,
        order_id,
        line_number,
        customer_id,
        product_id,
        returned_at,
        return_date,
        quantity,
        refund_amount,
        day
    from versions
    where
        superseded_on is null
        and not exists (
            select 1 from {{ deleted_keys('orders', ['order_id']) }} as deleted_orders
            where deleted_orders.order_id = versions.order_id
        )

)

select * from newest_rows
