with

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

category_orders as (

    select * from {{ ref('int_customer_categories_orders') }}

),

count_customers as (

    select
        known_customers.day,
        count(*) as customer_count
    from known_customers
    inner join as_of_days on known_customers.day = as_of_days.day
    where as_of_days.is_category_day
    group by known_customers.day

),

count_buyers as (

    select
        day,
        category,
        count(*) filter (where orders_last_28_days > 0) as buyers_last_28_days,
        count(*) filter (where orders_last_90_days > 0) as buyers_last_90_days
    from category_orders
    group by day, category

),

rank_categories as (

    select
        count_buyers.day,
        count_buyers.category,
        {{ ratio("count_buyers.buyers_last_28_days", "count_customers.customer_count") }}
            as buyer_rate_last_28_days,
        {{ ratio("count_buyers.buyers_last_90_days", "count_customers.customer_count") }}
            as buyer_rate_last_90_days,
        row_number() over (
            partition by count_buyers.day
            order by count_buyers.buyers_last_28_days desc, count_buyers.buyers_last_90_days desc, count_buyers.category
        ) as popularity_rank
    from count_buyers
    inner join count_customers on count_buyers.day = count_customers.day

)

select * from rank_categories
