with

spend_factors as (

    select * from {{ source('ml', 'spend_factors') }}

),

todays_rows as (

    select
        day,
        offer_type,
        offers_given,
        redemption_count,
        planned_cost,
        actual_cost,
        ratio,
        factor,
        factor_low,
        factor_high,
        factor_error,
        run_id
    from spend_factors
    where day = {{ run_day() }}

)

select * from todays_rows
