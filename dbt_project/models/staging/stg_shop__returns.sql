with

versions as (

    select * from {{ ref('stg_shop__return_versions') }}

),

newest_rows as (

    select
        versions.return_id,
        versions.order_id,
        versions.line_number,
        versions.customer_id,
        versions.product_id,
        versions.returned_at,
        versions.return_date,
        versions.quantity,
        versions.refund_amount,
        versions.day
    from versions
    left join {{ deleted_keys('orders', ['order_id']) }} as deleted_orders
        on versions.order_id = deleted_orders.order_id
    where
        versions.superseded_on is null
        and deleted_orders.order_id is null

)

select * from newest_rows
