with

orders as (

    select * from {{ ref('int_orders') }}

),

count_orders as (

    select
        customer_id,
        order_date,
        known_on,
        superseded_on,
        count(*) as order_count
    from orders
    group by customer_id, order_date, known_on, superseded_on

)

select * from count_orders
