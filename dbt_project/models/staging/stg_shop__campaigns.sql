with

source as (

    select * from {{ source('landing', 'campaigns') }}

),

known_rows as (

    select
        campaign_id,
        name,
        campaign_type,
        objective,
        start_date,
        end_date,
        budget,
        day
    from source
    where day < {{ run_day() }}

)

select * from known_rows
