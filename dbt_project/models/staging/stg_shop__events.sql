with

source as (

    select * from {{ source('landing', 'events') }}

),

known_rows as (

    select
        event_id,
        customer_id,
        session_id,
        event_type,
        occurred_at,
        event_date,
        product_id,
        query,
        channel,
        dwell_seconds,
        device_id,
        day
    from source
    where day < {{ run_day() }}

)

select * from known_rows
