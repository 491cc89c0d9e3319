with

source as (

    select * from {{ source('landing', 'exposures') }}

),

known_rows as (

    select
        customer_id,
        offer_id,
        campaign_id,
        exposed_at,
        exposure_date,
        channel,
        arm,
        probability,
        day
    from source
    where day < {{ run_day() }}

)

select * from known_rows
