with

versions as (

    select * from {{ ref('stg_shop__customer_versions') }}

),

newest_rows as (

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
    from versions
    where superseded_on is null

)

select * from newest_rows
