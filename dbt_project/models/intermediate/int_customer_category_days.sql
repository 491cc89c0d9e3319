with

purchases as (

    select * from {{ ref('int_purchases') }}

),

sum_lines as (

    select
        customer_id,
        category,
        order_date,
        known_on,
        superseded_on,
        bool_or(is_standing) as is_standing,
        sum(order_count) as order_count,
        sum(units) as units,
        sum(net_amount) as net_amount,
        sum(case when shelf_discount_amount + coupon_discount_amount > 0 then net_amount else 0 end)
            as discounted_net_amount,
        sum(case when coupon_discount_amount > 0 then net_amount else 0 end) as coupon_net_amount
    from {{ counted_purchases("purchases", ["customer_id", "category"]) }} as counted
    where customer_id is not null and category is not null
    group by customer_id, category, order_date, known_on, superseded_on

)

select * from sum_lines
