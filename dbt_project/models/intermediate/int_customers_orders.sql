with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

order_days as (

    select * from {{ ref('int_customer_order_days') }}

),

first_orders as (

    select
        as_of_days.day,
        order_days.customer_id,
        min(order_days.order_date) as first_order_date
    from order_days
    inner join as_of_days on {{ is_known("order_days") }}
    group by as_of_days.day, order_days.customer_id

),

count_orders as (

    select
        as_of_days.day,
        order_days.customer_id,
        {% for days in purchase_windows() -%}
        sum(order_days.order_count) filter (
            where {{ is_within("order_days.order_date", days) }}
        ) as orders_last_{{ days }}_days,
        {% endfor -%}
        sum(order_days.order_count) filter (
            where
            {{ is_within("order_days.order_date", 56) }}
            and not {{ is_within("order_days.order_date", 28) }}
        ) as orders_previous_28_days,
        max(order_days.order_date) as last_order_date
    from order_days
    inner join as_of_days
        on
            {{ is_known("order_days") }}
            and {{ is_within("order_days.order_date", var("history_days")) }}
    group by as_of_days.day, order_days.customer_id

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
