with

purchases as (

    select * from {{ ref('int_purchases') }}

),

offer_products as (

    select * from {{ ref('int_offers_products') }}

),

distinct_products as (

    select distinct
        offer_products.day,
        offer_products.offer_id,
        purchases.customer_id,
        purchases.product_id
    from purchases
    inner join offer_products on purchases.product_id = offer_products.product_id
    where
        purchases.customer_id is not null
        and {{ is_known("purchases", "offer_products") }}
        and {{ is_within("purchases.order_date", 365, "offer_products") }}

),

count_products as (

    select
        day,
        customer_id,
        offer_id,
        count(*) as product_count
    from distinct_products
    group by day, customer_id, offer_id

)

select * from count_products
