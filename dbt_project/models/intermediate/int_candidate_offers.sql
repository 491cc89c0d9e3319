with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

offers as (

    select * from {{ ref('int_offers_as_of') }}

),

wave_exposures as (

    select * from {{ ref('int_wave_exposures') }}

),

-- Whoever was exposed, or was to be and was not, is learned from; whoever is known could be offered something today.
collect_pairs as (

    select
        wave_exposures.day,
        wave_exposures.customer_id,
        offers.offer_id,
        offers.campaign_id,
        not wave_exposures.is_shown as is_withheld
    from wave_exposures
    inner join offers
        on
            wave_exposures.day = offers.day
            and wave_exposures.offer_id = offers.offer_id
    union all
    select
        known_customers.day,
        known_customers.customer_id,
        offers.offer_id,
        offers.campaign_id,
        false as is_withheld
    from known_customers
    inner join as_of_days on known_customers.day = as_of_days.day
    inner join offers on known_customers.day = offers.day
    where as_of_days.is_run_day

)

select * from collect_pairs
