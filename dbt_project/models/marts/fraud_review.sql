with

flags as (

    select * from {{ source('ml', 'abuse_flags') }}

),

todays_flags as (

    select
        day,
        customer_id,
        score,
        component_size,
        evidence,
        verdict,
        is_flagged,
        flagged_on,
        model_version,
        run_id
    from flags
    where day = {{ run_day() }}

)

select * from todays_flags
