with

orders as (

    select * from {{ ref('stg_shop__orders') }}

),

customer_orders as (

    select
        order_id,
        customer_id,
        store_id,
        channel,
        ordered_at,
        order_date,
        greatest(day, order_date) as known_on,
        cast(null as date) as superseded_on
    from orders
    where customer_id is not null

)

select * from customer_orders
