with

source as (

    select * from {{ source('landing', 'order_items') }}

),

known_rows as (

    select
        order_id,
        line_number,
        product_id,
        quantity,
        net_amount,
        shelf_discount_amount,
        coupon_discount_amount,
        coupon_match_discount_amount,
        offer_id,
        day
    from source
    where day < {{ run_day() }}

)

select * from known_rows
