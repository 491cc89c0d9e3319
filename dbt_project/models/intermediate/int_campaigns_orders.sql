with

offer_orders as (

    select * from {{ ref('int_offers_orders') }}

),

offers as (

    select * from {{ ref('int_offers_as_of') }}

),

purchases as (

    select * from {{ ref('int_purchases') }}

),

offer_products as (

    select * from {{ ref('int_offers_products') }}

),

campaign_products as (

    select distinct
        day,
        campaign_id,
        product_id
    from offer_products

),

unlimited_orders as (

    select distinct
        offer_orders.day,
        offers.campaign_id,
        offer_orders.customer_id,
        offer_orders.order_id,
        offer_orders.order_date,
        offer_orders.net_amount,
        offer_orders.coupon_discount_amount
    from offer_orders
    inner join offers
        on
            offer_orders.day = offers.day
            and offer_orders.offer_id = offers.offer_id
    left join campaign_products
        on
            offers.day = campaign_products.day
            and offers.campaign_id = campaign_products.campaign_id
    where campaign_products.product_id is null

),

limited_orders as (

    select
        campaign_products.day,
        campaign_products.campaign_id,
        purchases.customer_id,
        purchases.order_id,
        purchases.order_date,
        sum(purchases.net_amount) as net_amount,
        sum(purchases.coupon_discount_amount) as coupon_discount_amount
    from purchases
    inner join campaign_products on purchases.product_id = campaign_products.product_id
    where
        purchases.customer_id is not null
        and {{ is_known("purchases", "campaign_products") }}
        and {{ is_within("purchases.order_date", var("history_days"), "campaign_products") }}
    group by
        campaign_products.day, campaign_products.campaign_id, purchases.customer_id, purchases.order_id, purchases.order_date

),

collect_orders as (

    select * from unlimited_orders
    union all
    select * from limited_orders

)

select * from collect_orders
