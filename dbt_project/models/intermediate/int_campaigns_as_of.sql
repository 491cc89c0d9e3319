with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

campaign_versions as (

    select * from {{ ref('int_campaign_versions') }}

),

offers as (

    select * from {{ ref('int_offers_as_of') }}

),

offered_campaigns as (

    select
        day,
        campaign_id,
        count(*) as offer_count
    from offers
    group by day, campaign_id

),

pick_versions as (

    select
        as_of_days.day,
        campaign_versions.campaign_id,
        campaign_versions.campaign_type,
        campaign_versions.objective,
        campaign_versions.start_date,
        campaign_versions.end_date,
        offered_campaigns.offer_count
    from campaign_versions
    inner join as_of_days on {{ is_known("campaign_versions") }}
    left join offered_campaigns
        on
            as_of_days.day = offered_campaigns.day
            and campaign_versions.campaign_id = offered_campaigns.campaign_id
    where
        offered_campaigns.campaign_id is not null
        or (
            as_of_days.is_run_day
            and as_of_days.day between campaign_versions.start_date and campaign_versions.end_date
        )

)

select * from pick_versions
