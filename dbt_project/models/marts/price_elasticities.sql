with

price_elasticities as (

    select * from {{ source('ml', 'price_elasticities') }}

),

todays_price_elasticities as (

    select
        day,
        level,
        category,
        product_id,
        elasticity,
        elasticity_low,
        elasticity_high,
        cross_elasticity,
        cross_low,
        cross_high,
        together_elasticity,
        together_low,
        together_high,
        price_variation,
        changed_periods,
        is_identified,
        model_version,
        run_id
    from price_elasticities
    where day = {{ run_day() }}

)

select * from todays_price_elasticities
