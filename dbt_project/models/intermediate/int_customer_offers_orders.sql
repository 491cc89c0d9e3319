with

offer_orders as (

    select * from {{ ref('int_offers_orders') }}

),

sum_windows as (

    select
        day,
        customer_id,
        offer_id,
        {% for days in [28, 90, 365] -%}
        count(*) filter (where {{ is_within("order_date", days, "offer_orders") }}) as orders_last_{{ days }}_days,
        sum(net_amount) filter (
            where {{ is_within("order_date", days, "offer_orders") }}
        ) as net_amount_last_{{ days }}_days,
        {% endfor -%}
        sum(units) filter (where {{ is_within("order_date", 365, "offer_orders") }}) as units_last_365_days,
        count(*) filter (
            where
            {{ is_within("order_date", 365, "offer_orders") }}
            and coupon_discount_amount > 0
        ) as coupon_orders_last_365_days,
        count(*) as order_count,
        sum(net_amount) as net_amount,
        max(order_date) as last_order_date
    from offer_orders
    group by day, customer_id, offer_id

)

select * from sum_windows
