with

source as (

    select * from {{ source('landing', 'ratings') }}

),

known_rows as (

    select
        customer_id,
        product_id,
        rated_at,
        rating_date,
        rating,
        day
    from source
    where day < {{ run_day() }}

)

select * from known_rows
