with

category_customers as (

    select * from {{ ref('int_category_customers') }}

),

category_days as (

    select * from {{ ref('int_customer_category_days') }}

),

sum_windows as (

    select
        category_customers.day,
        category_customers.customer_id,
        category_days.category,
        {% for days in [28, 90, 365] -%}
        {% for measure in {"order_count": "orders", "units": "units", "net_amount": "net_amount"}.items() -%}
        sum(category_days.{{ measure[0] }}) filter (
            where {{ is_within("category_days.order_date", days, "category_customers") }}
        ) as {{ measure[1] }}_last_{{ days }}_days,
        {% endfor -%}
        {% endfor -%}
        sum(category_days.order_count) as order_count,
        sum(category_days.net_amount) as net_amount,
        sum(category_days.discounted_net_amount) as discounted_net_amount,
        sum(category_days.coupon_net_amount) as coupon_net_amount,
        min(category_days.order_date) as first_order_date,
        max(category_days.order_date) as last_order_date
    from category_days
    inner join category_customers on category_days.customer_id = category_customers.customer_id
    where
        {{ is_known("category_days", "category_customers") }}
        and {{ is_within("category_days.order_date", var("history_days"), "category_customers") }}
    group by category_customers.day, category_customers.customer_id, category_days.category

)

select * from sum_windows
