with

source as (

    select * from {{ source('landing', 'consents') }}

),

known_rows as (

    select
        customer_id,
        channel,
        is_granted,
        changed_at,
        day
    from source
    where day < {{ run_day() }}

)

select * from known_rows
