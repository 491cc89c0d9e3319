with

pull_forward as (

    select * from {{ source('ml', 'pull_forward') }}

),

todays_row as (

    select
        day,
        assumed_rate,
        measured_on,
        measured_rate,
        measured_low,
        measured_high,
        rate,
        rate_error,
        basis,
        run_id
    from pull_forward
    where day = {{ run_day() }}

)

select * from todays_row
