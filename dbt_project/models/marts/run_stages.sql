with

run_stages as (

    select * from {{ source('ml', 'run_stages') }}

),

kept_stages as (

    select
        day,
        stage,
        seconds,
        rows,
        peak_memory_mib,
        run_id
    from run_stages
    where {{ is_kept("day") }}

)

select * from kept_stages
