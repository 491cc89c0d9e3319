with

orders as (

    select * from {{ ref('stg_shop__order_versions') }}

),

order_items as (

    select * from {{ ref('stg_shop__order_item_versions') }}

),

product_versions as (

    select * from {{ ref('int_product_versions') }}

),

join_headers as (

    select
        order_items.order_id,
        order_items.line_number,
        order_items.product_id,
        orders.customer_id,
        orders.store_id,
        orders.order_date,
        cast(order_items.quantity as decimal(18, 4)) as quantity,
        order_items.net_amount,
        coalesce(order_items.shelf_discount_amount, 0) as shelf_discount_amount,
        coalesce(order_items.coupon_discount_amount, 0)
        + coalesce(order_items.coupon_match_discount_amount, 0) as coupon_discount_amount,
        greatest(orders.day, order_items.day, orders.order_date) as known_on,
        least(orders.superseded_on, order_items.superseded_on) as superseded_on
    from order_items
    inner join orders on order_items.order_id = orders.order_id

),

join_products as (

    select
        join_headers.order_id,
        join_headers.line_number,
        join_headers.product_id,
        join_headers.customer_id,
        join_headers.store_id,
        join_headers.order_date,
        product_versions.department,
        product_versions.category,
        product_versions.brand,
        coalesce(product_versions.brand_type = 'private', false) as is_private_brand,
        case
            when product_versions.unit in ('volume', 'weight') then cast(1 as decimal(18, 4))
            else join_headers.quantity
        end as units,
        join_headers.net_amount,
        join_headers.shelf_discount_amount,
        join_headers.coupon_discount_amount,
        join_headers.superseded_on is null as is_standing,
        greatest(join_headers.known_on, product_versions.known_on) as known_on,
        least(join_headers.superseded_on, product_versions.superseded_on) as superseded_on
    from join_headers
    left join product_versions on join_headers.product_id = product_versions.product_id
    -- Not in the join's condition: engines give up hashing for it. A product always has a version without an end.
    where
        (product_versions.superseded_on is null or join_headers.known_on < product_versions.superseded_on)
        and (
            join_headers.superseded_on is null
            or greatest(join_headers.known_on, product_versions.known_on) < join_headers.superseded_on
        )

)

select * from join_products
