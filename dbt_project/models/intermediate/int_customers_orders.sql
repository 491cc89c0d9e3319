with

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

order_days as (

    select * from {{ ref('int_customer_order_days') }}

),

first_orders as (

    select
        known_customers.day,
        order_days.customer_id,
        min(order_days.order_date) as first_order_date
    from order_days
    inner join known_customers
        on
            order_days.customer_id = known_customers.customer_id
            and {{ is_known("order_days", "known_customers") }}
    group by known_customers.day, order_days.customer_id

),

count_orders as (

    select
        known_customers.day,
        order_days.customer_id,
        {% for days in purchase_windows() -%}
        sum(order_days.order_count) filter (
            where {{ is_within("order_days.order_date", days, "known_customers") }}
        ) as orders_last_{{ days }}_days,
        {% endfor -%}
        sum(order_days.order_count) filter (
            where
            {{ is_within("order_days.order_date", 56, "known_customers") }}
            and not {{ is_within("order_days.order_date", 28, "known_customers") }}
        ) as orders_previous_28_days,
        max(order_days.order_date) as last_order_date
    from order_days
    inner join known_customers
        on
            order_days.customer_id = known_customers.customer_id
            and {{ is_known("order_days", "known_customers") }}
            and {{ is_within("order_days.order_date", var("history_days"), "known_customers") }}
    group by known_customers.day, order_days.customer_id

),

join_first_orders as (

    select
        first_orders.day,
        first_orders.customer_id,
        first_orders.first_order_date,
        count_orders.last_order_date,
        {% for days in purchase_windows() -%}
        count_orders.orders_last_{{ days }}_days,
        {% endfor -%}
        count_orders.orders_previous_28_days
    from first_orders
    left join count_orders
        on
            first_orders.day = count_orders.day
            and first_orders.customer_id = count_orders.customer_id

)

select * from join_first_orders
