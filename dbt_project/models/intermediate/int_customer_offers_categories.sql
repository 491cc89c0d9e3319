with

offer_categories as (

    select * from {{ ref('int_offers_categories') }}

),

category_orders as (

    select * from {{ ref('int_customer_categories_orders') }}

),

match_categories as (

    select
        offer_categories.day,
        category_orders.customer_id,
        offer_categories.offer_id,
        category_orders.orders_last_90_days,
        category_orders.orders_last_365_days,
        category_orders.net_amount_last_365_days,
        category_orders.last_order_date
    from offer_categories
    inner join category_orders
        on
            offer_categories.day = category_orders.day
            and offer_categories.category = category_orders.category

)

select * from match_categories
