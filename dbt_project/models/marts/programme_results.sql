with

programme_results as (

    select * from {{ source('ml', 'programme_results') }}

),

todays_rows as (

    select
        day,
        period,
        first_day,
        last_day,
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
        customers,
        held_out_customers,
        method,
        run_id
    from programme_results
    where day = {{ run_day() }}

)

select * from todays_rows
