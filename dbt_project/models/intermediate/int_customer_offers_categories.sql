with

offer_categories as (

    select * from {{ ref('int_offers_categories') }}

),

category_orders as (

    select * from {{ ref('int_customer_categories_orders') }}

),

sum_categories as (

    select
        offer_categories.day,
        category_orders.customer_id,
        offer_categories.offer_id,
        sum(category_orders.orders_last_90_days) as orders_last_90_days,
        sum(category_orders.orders_last_365_days) as orders_last_365_days,
        sum(category_orders.net_amount_last_365_days) as net_amount_last_365_days,
        max(category_orders.last_order_date) as last_order_date
    from offer_categories
    inner join category_orders
        on
            offer_categories.day = category_orders.day
            and offer_categories.category = category_orders.category
    group by offer_categories.day, category_orders.customer_id, offer_categories.offer_id

)

select * from sum_categories
