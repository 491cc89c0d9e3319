with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

customer_versions as (

    select * from {{ ref('int_customer_versions') }}

),

wave_exposures as (

    select * from {{ ref('int_wave_exposures') }}

),

exposed_customers as (

    select distinct
        day,
        customer_id
    from wave_exposures

),

pick_versions as (

    select
        as_of_days.day,
        customer_versions.customer_id,
        customer_versions.registered_at,
        customer_versions.age_band,
        customer_versions.income_band,
        customer_versions.household_size,
        customer_versions.household_composition,
        customer_versions.marital_status,
        customer_versions.home_ownership,
        customer_versions.children_count,
        customer_versions.region,
        customer_versions.acquisition_channel
    from customer_versions
    inner join as_of_days on {{ is_known("customer_versions") }}
    left join exposed_customers
        on
            as_of_days.day = exposed_customers.day
            and customer_versions.customer_id = exposed_customers.customer_id
    -- A day that is only the start of a campaign is about the customers exposed on it.
    where as_of_days.is_weekly_day or as_of_days.is_run_day or exposed_customers.customer_id is not null

)

select * from pick_versions
