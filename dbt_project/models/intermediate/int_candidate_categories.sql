with

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

categories as (

    select * from {{ ref('int_categories_popularity') }}

),

category_orders as (

    select * from {{ ref('int_customer_categories_orders') }}

),

-- What a customer bought before, and what everybody buys.
collect_pairs as (

    select
        category_orders.day,
        category_orders.customer_id,
        category_orders.category
    from category_orders
    inner join categories
        on
            category_orders.day = categories.day
            and category_orders.category = categories.category
    union
    select
        known_customers.day,
        known_customers.customer_id,
        categories.category
    from known_customers
    inner join categories on known_customers.day = categories.day
    where categories.popularity_rank <= {{ var("popular_categories") }}

)

select * from collect_pairs
