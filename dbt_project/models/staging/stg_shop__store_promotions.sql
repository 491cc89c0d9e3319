with

source as (

    select * from {{ source('landing', 'store_promotions') }}

),

known_rows as (

    select
        product_id,
        store_id,
        start_date,
        end_date,
        display_location,
        mailer_location,
        day
    from source
    where day < {{ run_day() }}

)

select * from known_rows
