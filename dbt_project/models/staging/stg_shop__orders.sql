with

source as (

    select * from {{ source('landing', 'orders') }}

),

known_rows as (

    select
        order_id,
        customer_id,
        ordered_at,
        order_date,
        channel,
        store_id,
        device_id,
        payment_id,
        day
    from source
    where day < {{ run_day() }}

)

select * from known_rows
