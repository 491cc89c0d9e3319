with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

campaign_days as (

    select * from {{ ref('int_customer_campaign_days') }}

),

campaign_versions as (

    select * from {{ ref('int_campaign_versions') }}

),

sum_campaigns as (

    select
        as_of_days.day,
        campaign_days.customer_id,
        campaign_days.campaign_id,
        sum(campaign_days.exposure_count) as exposure_count,
        sum(campaign_days.redemption_count) as redemption_count,
        max(campaign_days.contact_date) filter (where campaign_days.exposure_count > 0) as last_exposure_date
    from campaign_days
    inner join as_of_days
        on
            {{ is_known("campaign_days") }}
            and {{ is_within("campaign_days.contact_date", var("history_days")) }}
    group by as_of_days.day, campaign_days.customer_id, campaign_days.campaign_id

),

join_types as (

    select
        sum_campaigns.*,
        campaign_versions.campaign_type
    from sum_campaigns
    left join campaign_versions
        on
            sum_campaigns.campaign_id = campaign_versions.campaign_id
            and {{ is_known("campaign_versions", "sum_campaigns") }}

)

select * from join_types
