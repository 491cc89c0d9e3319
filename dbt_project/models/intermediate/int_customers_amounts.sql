with

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

purchase_days as (

    select * from {{ ref('int_customer_purchase_days') }}

),

sum_windows as (

    select
        known_customers.day,
        purchase_days.customer_id,
        {% for days in purchase_windows() -%}
        {% for amount in ["net_amount", "units"] -%}
        sum(purchase_days.{{ amount }}) filter (
            where {{ is_within("purchase_days.order_date", days, "known_customers") }}
        ) as {{ amount }}_last_{{ days }}_days,
        {% endfor -%}
        {% endfor -%}
        sum(purchase_days.net_amount) filter (
            where
            {{ is_within("purchase_days.order_date", 56, "known_customers") }}
            and not {{ is_within("purchase_days.order_date", 28, "known_customers") }}
        ) as net_amount_previous_28_days,
        {% for days in [90, 365] -%}
        {% for amount in ["line_count", "discount_amount", "coupon_discount_amount", "coupon_line_count"] -%}
        sum(purchase_days.{{ amount }}) filter (
            where {{ is_within("purchase_days.order_date", days, "known_customers") }}
        ) as {{ amount }}_last_{{ days }}_days,
        {% endfor -%}
        {% endfor -%}
        sum(purchase_days.net_amount) as net_amount,
        sum(purchase_days.discounted_net_amount) as discounted_net_amount,
        sum(purchase_days.coupon_net_amount) as coupon_net_amount,
        sum(purchase_days.private_brand_net_amount) as private_brand_net_amount
    from purchase_days
    inner join known_customers
        on
            purchase_days.customer_id = known_customers.customer_id
            and {{ is_known("purchase_days", "known_customers") }}
            and {{ is_within("purchase_days.order_date", var("history_days"), "known_customers") }}
    group by known_customers.day, purchase_days.customer_id

)

select * from sum_windows
