with

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

campaign_days as (

    select * from {{ ref('int_customer_campaign_days') }}

),

campaign_versions as (

    select * from {{ ref('int_campaign_versions') }}

),

sum_campaigns as (

    select
        known_customers.day,
        campaign_days.customer_id,
        campaign_days.campaign_id,
        sum(campaign_days.exposure_count) as exposure_count,
        sum(campaign_days.redemption_count) as redemption_count,
        max(campaign_days.contact_date) filter (where campaign_days.exposure_count > 0) as last_exposure_date
    from campaign_days
    inner join known_customers
        on
            campaign_days.customer_id = known_customers.customer_id
            and {{ is_known("campaign_days", "known_customers") }}
            and {{ is_within("campaign_days.contact_date", var("history_days"), "known_customers") }}
    group by known_customers.day, campaign_days.customer_id, campaign_days.campaign_id

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
