with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

purchases as (

    select * from {{ ref('int_purchases') }}

),

count_buyers as (

    select
        as_of_days.day,
        purchases.product_id,
        count(distinct purchases.customer_id) as buyers_last_90_days
    from purchases
    inner join as_of_days
        on
            {{ is_known("purchases") }}
            and {{ is_within("purchases.order_date", 90) }}
    where as_of_days.is_interaction_day
    group by as_of_days.day, purchases.product_id

)

select * from count_buyers
