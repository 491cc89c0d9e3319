with

gate_results as (

    select * from {{ source('gates', 'gate_results') }}

),

kept_results as (

    select
        day,
        gate,
        code,
        table_name,
        rule,
        severity,
        observed,
        observed_text,
        limit_text,
        is_passed,
        reason,
        run_id
    from gate_results
    where {{ is_kept("day") }}

)

select * from kept_results
