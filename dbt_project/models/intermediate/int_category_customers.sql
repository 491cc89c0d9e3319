with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

wave_exposures as (

    select * from {{ ref('int_wave_exposures') }}

),

collect_customers as (

    select distinct
        day,
        customer_id
    from wave_exposures
    union
    select
        known_customers.day,
        known_customers.customer_id
    from known_customers
    inner join as_of_days on known_customers.day = as_of_days.day
    where as_of_days.is_category_day or as_of_days.is_run_day

)

select * from collect_customers
