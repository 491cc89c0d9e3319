with

versions as (

    select * from {{ ref('stg_shop__order_item_versions') }}

),

newest_rows as (

    select
        versions.order_id,
        versions.line_number,
        versions.product_id,
        versions.quantity,
        versions.net_amount,
        versions.shelf_discount_amount,
        versions.coupon_discount_amount,
        versions.coupon_match_discount_amount,
        versions.offer_id,
        versions.day
    from versions
    left join {{ deleted_keys('orders', ['order_id']) }} as deleted_orders
        on versions.order_id = deleted_orders.order_id
    where
        versions.superseded_on is null
        and deleted_orders.order_id is null

)

select * from newest_rows
