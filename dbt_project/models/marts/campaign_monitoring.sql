with

campaign_monitoring as (

    select * from {{ source('ml', 'campaign_monitoring') }}

),

todays_rows as (

    select
        day,
        campaign_id,
        indicator,
        unit,
        planned,
        low,
        high,
        actual,
        is_alert,
        message,
        run_id
    from campaign_monitoring
    where day = {{ run_day() }}

)

select * from todays_rows
