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

unlimited_campaigns as (

    select distinct
        offers.day,
        offers.campaign_id
    from offers
    left join offer_products
        on
            offers.day = offer_products.day
            and offers.offer_id = offer_products.offer_id
    where offer_products.offer_id is null

),

campaign_products as (

    select distinct
        offer_products.day,
        offer_products.campaign_id,
        offer_products.product_id
    from offer_products
    left join unlimited_campaigns
        on
            offer_products.day = unlimited_campaigns.day
            and offer_products.campaign_id = unlimited_campaigns.campaign_id
    where unlimited_campaigns.campaign_id is null

),

{% set scopes = {
    "campaign_products": "purchases.product_id = campaign_products.product_id",
    "unlimited_campaigns": "purchases.known_on < unlimited_campaigns.day",
} -%}

{% for scope, condition in scopes.items() -%}
sum_orders_of_{{ scope }} as (

    select
        {{ scope }}.day,
        {{ scope }}.campaign_id,
        purchases.customer_id,
        purchases.order_id,
        purchases.order_date,
        sum(purchases.net_amount) as net_amount,
        sum(purchases.coupon_discount_amount) as coupon_discount_amount
    from purchases
    inner join {{ scope }} on {{ condition }}
    where
        purchases.customer_id is not null
        and {{ is_known("purchases", scope) }}
        and {{ is_within("purchases.order_date", var("history_days"), scope) }}
    group by
        {{ scope }}.day, {{ scope }}.campaign_id, purchases.customer_id, purchases.order_id, purchases.order_date

),

{% endfor -%}

collect_orders as (

    select * from sum_orders_of_campaign_products
    union all
    select * from sum_orders_of_unlimited_campaigns

)

select * from collect_orders
