with

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

exposed_orders as (

    select * from {{ ref('int_customer_exposed_orders') }}

),

count_weeks as (

    select
        known_customers.day,
        exposed_orders.customer_id,
        sum(exposed_orders.week_count) as exposed_weeks,
        sum(exposed_orders.order_count) as exposed_orders
    from exposed_orders
    inner join known_customers
        on
            exposed_orders.customer_id = known_customers.customer_id
            and {{ is_known("exposed_orders", "known_customers") }}
            and {{ is_within("exposed_orders.contact_date", 365, "known_customers") }}
            and exposed_orders.contact_date <= {{ days_before("known_customers.day", 7) }}
    group by known_customers.day, exposed_orders.customer_id

)

select * from count_weeks
