with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

offer_versions as (

    select * from {{ ref('int_offer_versions') }}

),

campaign_versions as (

    select * from {{ ref('int_campaign_versions') }}

),

wave_exposures as (

    select * from {{ ref('int_wave_exposures') }}

),

exposed_offers as (

    select distinct
        day,
        offer_id
    from wave_exposures

),

pick_versions as (

    select
        as_of_days.day,
        as_of_days.is_run_day,
        offer_versions.offer_id,
        offer_versions.campaign_id,
        offer_versions.offer_type,
        offer_versions.discount_type,
        offer_versions.discount_value,
        offer_versions.min_basket,
        offer_versions.max_discount,
        offer_versions.shop_funded_rate,
        offer_versions.channel,
        offer_versions.valid_from,
        offer_versions.valid_until
    from offer_versions
    inner join as_of_days on {{ is_known("offer_versions") }}

),

-- An offer ends with its campaign.
find_deleted_campaigns as (

    select
        as_of_days.day,
        campaign_versions.campaign_id
    from campaign_versions
    inner join as_of_days on campaign_versions.day < as_of_days.day
    group by as_of_days.day, campaign_versions.campaign_id
    having max(coalesce(campaign_versions.superseded_on, as_of_days.day)) < as_of_days.day

),

keep_candidates as (

    select pick_versions.*
    from pick_versions
    left join exposed_offers
        on
            pick_versions.day = exposed_offers.day
            and pick_versions.offer_id = exposed_offers.offer_id
    left join find_deleted_campaigns
        on
            pick_versions.day = find_deleted_campaigns.day
            and pick_versions.campaign_id = find_deleted_campaigns.campaign_id
    where
        find_deleted_campaigns.campaign_id is null
        and (
            exposed_offers.offer_id is not null
            or (
                pick_versions.is_run_day
                and pick_versions.day between pick_versions.valid_from and pick_versions.valid_until
            )
        )

)

select * from keep_candidates
