with

source as (

    select * from {{ source('landing', 'redemptions') }}

),

known_rows as (

    select
        redemption_id,
        customer_id,
        offer_id,
        campaign_id,
        redemption_date,
        order_id,
        discount_amount,
        day
    from source
    where day < {{ run_day() }}

)

select * from known_rows
