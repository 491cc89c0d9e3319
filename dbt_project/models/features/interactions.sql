with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

purchases as (

    select * from {{ ref('int_purchases') }}

),

interaction_customers as (

    select
        known_customers.day,
        known_customers.customer_id
    from known_customers
    inner join as_of_days on known_customers.day = as_of_days.day
    where as_of_days.is_interaction_day

),

find_order_dates as (

    select
        customer_id,
        product_id,
        order_date,
        known_on,
        superseded_on,
        sum(order_count) as order_count,
        sum(units) as units,
        sum(net_amount) as net_amount
    from {{ counted_purchases("purchases", ["customer_id", "product_id"]) }} as counted
    where customer_id is not null
    group by customer_id, product_id, order_date, known_on, superseded_on

),

sum_dates as (

    select
        interaction_customers.day,
        find_order_dates.customer_id,
        find_order_dates.product_id,
        cast(sum(find_order_dates.order_count) as bigint) as order_count,
        cast(sum(find_order_dates.units) as decimal(18, 4)) as units,
        cast(sum(find_order_dates.net_amount) as decimal(18, 4)) as net_amount,
        min(find_order_dates.order_date) as first_order_date,
        max(find_order_dates.order_date) as last_order_date,
        array_sort(array_distinct(array_agg(find_order_dates.order_date))) as order_dates
    from find_order_dates
    inner join interaction_customers
        on
            find_order_dates.customer_id = interaction_customers.customer_id
            and {{ is_known("find_order_dates", "interaction_customers") }}
            and {{ is_within("find_order_dates.order_date", var("history_days"), "interaction_customers") }}
    group by interaction_customers.day, find_order_dates.customer_id, find_order_dates.product_id

)

select * from sum_dates
