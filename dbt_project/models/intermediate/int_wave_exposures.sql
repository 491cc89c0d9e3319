with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

customer_versions as (

    select * from {{ ref('int_customer_versions') }}

),

exposures as (

    select * from {{ ref('int_exposures') }}

),

lots as (

    select * from {{ ref('int_lots') }}

),

collect_offers as (

    select
        exposure_date,
        customer_id,
        offer_id,
        true as is_shown
    from exposures
    union all
    select
        exposure_date,
        customer_id,
        offer_id,
        is_shown
    from lots

),

find_exposures as (

    select
        as_of_days.day,
        collect_offers.customer_id,
        collect_offers.offer_id,
        bool_or(collect_offers.is_shown) as is_shown
    from collect_offers
    inner join as_of_days on collect_offers.exposure_date = as_of_days.day
    inner join customer_versions on collect_offers.customer_id = customer_versions.customer_id
    where
        as_of_days.is_wave_day
        and not as_of_days.is_run_day
        and {{ is_known("customer_versions") }}
    group by as_of_days.day, collect_offers.customer_id, collect_offers.offer_id

)

select * from find_exposures
