with

campaign_orders as (

    select * from {{ ref('int_campaigns_orders') }}

),

sum_windows as (

    select
        day,
        customer_id,
        campaign_id,
        {% for days in [28, 90, 365] -%}
        count(*) filter (where {{ is_within("order_date", days, "campaign_orders") }}) as orders_last_{{ days }}_days,
        sum(net_amount) filter (
            where {{ is_within("order_date", days, "campaign_orders") }}
        ) as net_amount_last_{{ days }}_days,
        {% endfor -%}
        count(*) filter (
            where
            {{ is_within("order_date", 365, "campaign_orders") }}
            and coupon_discount_amount > 0
        ) as coupon_orders_last_365_days,
        count(*) as order_count,
        sum(net_amount) as net_amount,
        max(order_date) as last_order_date
    from campaign_orders
    group by day, customer_id, campaign_id

)

select * from sum_windows
