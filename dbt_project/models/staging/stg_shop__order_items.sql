with

versions as (

    select * from {{ ref('stg_shop__order_item_versions') }}

),

newest_rows as (

    select
        order_id,
        line_number,
        product_id,
        quantity,
        net_amount,
        shelf_discount_amount,
        coupon_discount_amount,
        coupon_match_discount_amount,
        offer_id,
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
