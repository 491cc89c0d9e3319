with

measured_effects as (

    select * from {{ source('ml', 'measured_effects') }}

),

todays_rows as (

    select
        day,
        origin,
        level,
        campaign_id,
        offer_type,
        offer_id,
        arm,
        quantity,
        unit,
        value,
        low,
        high,
        sequential_low,
        sequential_high,
        total,
        total_low,
        total_high,
        shown_customers,
        withheld_customers,
        is_final,
        is_observational,
        method,
        caveat,
        run_id
    from measured_effects
    where day = {{ run_day() }}

)

select * from todays_rows
