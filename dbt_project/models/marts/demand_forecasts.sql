with

demand_forecasts as (

    select * from {{ source('ml', 'demand_forecasts') }}

),

todays_forecasts as (

    select
        day,
        level,
        item_id,
        freq,
        ds,
        periods_ahead,
        'units' as unit,
        mean,
        quantile_10,
        quantile_50,
        quantile_90,
        planned_units,
        method,
        model_version,
        run_id
    from demand_forecasts
    where day = {{ run_day() }}

)

select * from todays_forecasts
