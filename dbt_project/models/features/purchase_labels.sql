with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

orders as (

    select * from {{ ref('int_orders') }}

),

find_orders as (

    select distinct
        as_of_days.day,
        orders.customer_id
    from orders
    inner join as_of_days
        on
            orders.superseded_on is null
            and orders.order_date >= as_of_days.day
            and orders.order_date < {{ days_after("as_of_days.day", var("purchase_horizon_days")) }}

),

label_customers as (

    select
        known_customers.day,
        known_customers.customer_id,
        find_orders.customer_id is not null as has_purchased,
        {{ days_after("known_customers.day", var("purchase_horizon_days")) }} as label_closed_on
    from known_customers
    inner join as_of_days on known_customers.day = as_of_days.day
    left join find_orders
        on
            known_customers.day = find_orders.day
            and known_customers.customer_id = find_orders.customer_id
    where
        as_of_days.is_weekly_day
        and {{ days_after("known_customers.day", var("purchase_horizon_days")) }} <= {{ run_day() }}

)

select * from label_customers
