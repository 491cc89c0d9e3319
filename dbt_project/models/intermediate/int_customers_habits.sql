with

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

orders as (

    select * from {{ ref('int_orders') }}

),

{% set habits = {
    "weekday": weekday("orders.order_date"),
    "hour": "cast(extract(hour from orders.ordered_at) as integer)",
    "store_id": "orders.store_id",
    "channel": "orders.channel",
} -%}

{% for habit, expression in habits.items() -%}
count_{{ habit }}s as (

    select
        known_customers.day,
        orders.customer_id,
        {{ expression }} as {{ habit }},
        count(*) as order_count
    from orders
    inner join known_customers
        on
            orders.customer_id = known_customers.customer_id
            and {{ is_known("orders", "known_customers") }}
            and {{ is_within("orders.order_date", var("history_days"), "known_customers") }}
    group by known_customers.day, orders.customer_id, {{ expression }}

),

rank_{{ habit }}s as (

    select
        day,
        customer_id,
        {{ habit }},
        row_number() over (partition by day, customer_id order by order_count desc, {{ habit }}) as preference
    from count_{{ habit }}s
    where {{ habit }} is not null

),

{% endfor -%}

join_habits as (

    select
        rank_weekdays.day,
        rank_weekdays.customer_id,
        rank_weekdays.weekday as preferred_weekday,
        rank_hours.hour as preferred_hour,
        rank_store_ids.store_id as preferred_store_id,
        rank_channels.channel as preferred_channel
    from rank_weekdays
    {% for ranking in ["rank_hours", "rank_store_ids", "rank_channels"] -%}
    left join {{ ranking }}
        on
            rank_weekdays.day = {{ ranking }}.day
            and rank_weekdays.customer_id = {{ ranking }}.customer_id
            and {{ ranking }}.preference = 1
    {% endfor -%}
    where rank_weekdays.preference = 1

)

select * from join_habits
