with

source as (

    select * from {{ source('landing', 'stock') }}

),

known_rows as (

    select
        product_id,
        store_id,
        stock_date,
        units_on_hand,
        units_on_order,
        lead_time_days,
        day
    from source
    where day < {{ run_day() }}

)

select * from known_rows
