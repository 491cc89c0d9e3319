with

purchases as (

    select * from {{ ref('int_purchases') }}

),

offers as (

    select * from {{ ref('int_offers_as_of') }}

),

offer_products as (

    select * from {{ ref('int_offers_products') }}

),

unlimited_offers as (

    select offers.*
    from offers
    left join offer_products
        on
            offers.day = offer_products.day
            and offers.offer_id = offer_products.offer_id
    where offer_products.offer_id is null

),

{% set scopes = {
    "offer_products": "purchases.product_id = offer_products.product_id",
    "unlimited_offers": "purchases.known_on < unlimited_offers.day",
} -%}

{% for scope, condition in scopes.items() -%}
sum_orders_of_{{ scope }} as (

    select
        {{ scope }}.day,
        {{ scope }}.offer_id,
        purchases.customer_id,
        purchases.order_id,
        purchases.order_date,
        sum(purchases.units) as units,
        sum(purchases.net_amount) as net_amount,
        sum(purchases.coupon_discount_amount) as coupon_discount_amount
    from purchases
    inner join {{ scope }} on {{ condition }}
    where
        purchases.customer_id is not null
        and {{ is_known("purchases", scope) }}
        and {{ is_within("purchases.order_date", var("history_days"), scope) }}
    group by {{ scope }}.day, {{ scope }}.offer_id, purchases.customer_id, purchases.order_id, purchases.order_date

),

{% endfor -%}

collect_orders as (

    select * from sum_orders_of_offer_products
    union all
    select * from sum_orders_of_unlimited_offers

)

select * from collect_orders
