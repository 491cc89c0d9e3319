with

redemptions as (

    select * from {{ ref('stg_shop__redemptions') }}

),

offers as (

    select * from {{ ref('stg_shop__offers') }}

),

order_items as (

    select * from {{ ref('stg_shop__order_items') }}

),

sum_orders as (

    select sum(net_amount) as net_amount
    from order_items
    group by order_id

),

average_orders as (

    select cast(avg(net_amount) as double) as net_amount from sum_orders

),

-- The recorded discount, else the face value; percent without a record are taken of the shop's mean order.
value_redemptions as (

    select
        redemptions.redemption_id,
        redemptions.customer_id,
        redemptions.offer_id,
        redemptions.redemption_date,
        offers.discount_type,
        cast(redemptions.discount_amount as double) as recorded_amount,
        case offers.discount_type
            when 'percent' then cast(offers.discount_value as double) / 100 * average_orders.net_amount
            when 'points' then cast(offers.discount_value as double) * {{ var("point_value") }}
            else cast(offers.discount_value as double)
        end as face_value,
        cast(offers.max_discount as double) as max_discount,
        coalesce(offers.shop_funded_rate, {{ var("default_shop_funded_rate") }}) as shop_funded_rate
    from redemptions
    left join offers on redemptions.offer_id = offers.offer_id
    cross join average_orders

),

split_costs as (

    select
        redemption_id,
        customer_id,
        offer_id,
        redemption_date,
        coalesce(
            recorded_amount,
            case when face_value > max_discount then max_discount else face_value end,
            0
        ) * shop_funded_rate as discount_cost,
        -- Points and gifts are paid for elsewhere: what the customer paid is not less.
        coalesce(discount_type not in ('points', 'gift'), true) as lowers_price
    from value_redemptions

)

select * from split_costs
