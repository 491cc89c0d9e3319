with

purchases as (

    select * from {{ ref('int_purchases') }}

),

sum_lines as (

    select
        product_id,
        order_date,
        known_on,
        superseded_on,
        sum(order_count) as order_count,
        sum(units) as units,
        sum(net_amount) as net_amount,
        sum(shelf_discount_amount + coupon_discount_amount) as discount_amount
    from {{ counted_purchases("purchases", ["product_id"]) }} as counted
    group by product_id, order_date, known_on, superseded_on

)

select * from sum_lines
