with

source as (

    select * from {{ source('landing', 'competitor_prices') }}

),

known_rows as (

    select
        product_id,
        competitor,
        price_date,
        price,
        day
    from source
    where day < {{ run_day() }}

)

select * from known_rows
