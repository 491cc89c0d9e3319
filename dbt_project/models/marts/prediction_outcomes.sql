with

prediction_outcomes as (

    select * from {{ source('ml', 'prediction_outcomes') }}

),

kept_outcomes as (

    select
        day,
        family,
        bin,
        prediction_count,
        predicted_rate,
        actual_rate,
        actual_low,
        actual_high,
        auc,
        window_days,
        run_id
    from prediction_outcomes
    where {{ is_kept("day") }}

)

select * from kept_outcomes
