with

price_recommendations as (

    select * from {{ source('ml', 'price_recommendations') }}

),

todays_price_recommendations as (

    select
        day,
        product_id,
        category,
        action,
        price,
        recommended_price,
        change_rate,
        unit_cost,
        is_cost_assumed,
        elasticity,
        elasticity_low,
        elasticity_high,
        elasticity_level,
        is_identified,
        units_per_week,
        expected_units_per_week,
        expected_margin_gain_per_week,
        expected_margin_gain_low,
        expected_margin_gain_high,
        floor_price,
        lowest_allowed_price,
        highest_allowed_price,
        bound_by,
        competitor_price,
        competitor_index,
        days_since_change,
        lowest_price_last_30_days,
        discount_depth_rate,
        discount_price,
        discount_units_per_week,
        discount_margin_gain_per_week,
        discount_margin_gain_low,
        discount_margin_gain_high,
        break_even_depth_rate,
        notice_depth_rate,
        is_personalised,
        reason,
        model_version,
        run_id
    from price_recommendations
    where day = {{ run_day() }}

)

select * from todays_price_recommendations
