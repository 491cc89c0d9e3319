with

purchases as (

    select * from {{ ref('int_purchases') }}

),

sum_brands as (

    select
        customer_id,
        category,
        brand,
        order_date,
        known_on,
        superseded_on,
        sum(net_amount) as net_amount
    from purchases
    where customer_id is not null and category is not null
    group by customer_id, category, brand, order_date, known_on, superseded_on

),

number_keys as (

    select
        *,
        dense_rank() over (order by customer_id, category, brand) as brand_key
    from sum_brands

)

select * from number_keys
