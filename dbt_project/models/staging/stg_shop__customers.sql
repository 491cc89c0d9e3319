with

source as (

    select * from {{ source('landing', 'customers') }}

),

known_rows as (

    select
        customer_id,
        registered_at,
        age_band,
        income_band,
        household_size,
        household_composition,
        marital_status,
        home_ownership,
        children_count,
        region,
        acquisition_channel,
        email,
        phone,
        address,
        day
    from source
    where day < {{ run_day() }}

)

select * from known_rows
