with

versions as (

    select * from {{ ref('stg_shop__campaign_versions') }}

),

newest_rows as (

    select
        campaign_id,
        name,
        campaign_type,
        objective,
        start_date,
        end_date,
        budget,
        day
    from versions
    where superseded_on is null

)

select * from newest_rows
