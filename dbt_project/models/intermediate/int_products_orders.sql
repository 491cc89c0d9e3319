with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

product_days as (

    select * from {{ ref('int_product_days') }}

),

sum_windows as (

    select
        as_of_days.day,
        product_days.product_id,
        {% for days in [7, 28, 90, 365] -%}
        sum(product_days.order_count) filter (
            where {{ is_within("product_days.order_date", days) }}
        ) as orders_last_{{ days }}_days,
        sum(product_days.units) filter (
            where {{ is_within("product_days.order_date", days) }}
        ) as units_last_{{ days }}_days,
        sum(product_days.net_amount) filter (
            where {{ is_within("product_days.order_date", days) }}
        ) as net_amount_last_{{ days }}_days,
        sum(product_days.discount_amount) filter (
            where {{ is_within("product_days.order_date", days) }}
        ) as discount_amount_last_{{ days }}_days,
        {% endfor -%}
        sum(product_days.units) filter (
            where
            {{ is_within("product_days.order_date", 56) }}
            and not {{ is_within("product_days.order_date", 28) }}
        ) as units_previous_28_days,
        max(product_days.order_date) as last_order_date
    from product_days
    inner join as_of_days
        on
            {{ is_known("product_days") }}
            and {{ is_within("product_days.order_date", var("history_days")) }}
    where as_of_days.is_interaction_day
    group by as_of_days.day, product_days.product_id

)

select * from sum_windows
