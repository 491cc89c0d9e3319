with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

purchase_days as (

    select * from {{ ref('int_customer_purchase_days') }}

),

sum_windows as (

    select
        as_of_days.day,
        purchase_days.customer_id,
        {% for days in purchase_windows() -%}
        {% for amount in ["net_amount", "units"] -%}
        sum(purchase_days.{{ amount }}) filter (
            where {{ is_within("purchase_days.order_date", days) }}
        ) as {{ amount }}_last_{{ days }}_days,
        {% endfor -%}
        {% endfor -%}
        sum(purchase_days.net_amount) filter (
            where
            {{ is_within("purchase_days.order_date", 56) }}
            and not {{ is_within("purchase_days.order_date", 28) }}
        ) as net_amount_previous_28_days,
        {% for days in [90, 365] -%}
        {% for amount in ["line_count", "discount_amount", "coupon_discount_amount", "coupon_line_count"] -%}
        sum(purchase_days.{{ amount }}) filter (
            where {{ is_within("purchase_days.order_date", days) }}
        ) as {{ amount }}_last_{{ days }}_days,
        {% endfor -%}
        {% endfor -%}
        sum(purchase_days.net_amount) as net_amount,
        sum(purchase_days.discounted_net_amount) as discounted_net_amount,
        sum(purchase_days.coupon_net_amount) as coupon_net_amount,
        sum(purchase_days.private_brand_net_amount) as private_brand_net_amount
    from purchase_days
    inner join as_of_days
        on
            {{ is_known("purchase_days") }}
            and {{ is_within("purchase_days.order_date", var("history_days")) }}
    group by as_of_days.day, purchase_days.customer_id

)

select * from sum_windows
