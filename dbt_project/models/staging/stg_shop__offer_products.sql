with

source as (

    select * from {{ source('landing', 'offer_products') }}

),

known_rows as (

    select
        offer_id,
        product_id,
        day
    from source
    where day < {{ run_day() }}

)

select * from known_rows
