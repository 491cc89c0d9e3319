with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

exposures as (

    select * from {{ ref('stg_shop__exposures') }}

),

find_exposures as (

    select distinct
        as_of_days.day,
        exposures.customer_id,
        exposures.offer_id
    from exposures
    inner join as_of_days on exposures.exposure_date = as_of_days.day
    inner join known_customers
        on
            as_of_days.day = known_customers.day
            and exposures.customer_id = known_customers.customer_id
    where as_of_days.is_wave_day and not as_of_days.is_run_day

)

select * from find_exposures
