with

orders as (

    select * from {{ ref('stg_shop__order_versions') }}

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
        superseded_on
    from orders
    where customer_id is not null

)

select * from customer_orders
