with

policy_values as (

    select * from {{ source('ml', 'policy_values') }}

),

todays_rows as (

    select
        day,
        origin,
        policy,
        estimator,
        value,
        low,
        high,
        gain,
        gain_low,
        gain_high,
        effective_count,
        decision_count,
        customers,
        refusal,
        caveat,
        run_id
    from policy_values
    where day = {{ run_day() }}

)

select * from todays_rows
