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

find_exposures as (

    select distinct
        as_of_days.day,
        exposures.customer_id,
        exposures.offer_id
    from exposures
    inner join as_of_days on exposures.exposure_date = as_of_days.day
    inner join customer_versions on exposures.customer_id = customer_versions.customer_id
    where
        as_of_days.is_wave_day
        and not as_of_days.is_run_day
        and {{ is_known("customer_versions") }}

)

select * from find_exposures
