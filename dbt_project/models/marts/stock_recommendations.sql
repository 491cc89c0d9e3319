with

stock_recommendations as (

    select * from {{ source('ml', 'stock_recommendations') }}

),

todays_recommendations as (

    select
        day,
        product_id,
        action,
        order_units,
        clear_units,
        promotion_units,
        safety_stock,
        reorder_level,
        order_up_to,
        units_on_hand,
        units_on_order,
        units_per_day,
        units_per_day_sd,
        cover_days,
        lead_time_days,
        lead_time_sd,
        service_level,
        expected_fill_rate,
        newsvendor_rate,
        season_units,
        is_cost_assumed,
        method,
        model_version,
        run_id
    from stock_recommendations
    where day = {{ run_day() }}

)

select * from todays_recommendations
