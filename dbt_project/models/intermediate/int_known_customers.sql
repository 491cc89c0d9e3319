with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

customer_versions as (

    select * from {{ ref('int_customer_versions') }}

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

)

select * from pick_versions
