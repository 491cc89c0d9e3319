with

decisions as (

    select * from {{ source('ml', 'decisions') }}

),

todays_decisions as (

    select
        day,
        customer_id,
        status,
        offer_count,
        reason,
        is_held_out,
        run_id
    from decisions
    where day = {{ run_day() }}

)

select * from todays_decisions
