with

exposures as (

    select * from {{ ref('stg_shop__exposures') }}

),

redemptions as (

    select * from {{ ref('stg_shop__redemptions') }}

),

collect_contacts as (

    select
        offer_id,
        campaign_id,
        exposure_date as contact_date,
        greatest(day, exposure_date) as known_on,
        1 as exposure_count,
        0 as redemption_count
    from exposures
    union all
    select
        offer_id,
        campaign_id,
        redemption_date as contact_date,
        greatest(day, redemption_date) as known_on,
        0 as exposure_count,
        1 as redemption_count
    from redemptions

),

count_contacts as (

    select
        offer_id,
        contact_date,
        known_on,
        cast(null as date) as superseded_on,
        max(campaign_id) as campaign_id,
        sum(exposure_count) as exposure_count,
        sum(redemption_count) as redemption_count
    from collect_contacts
    group by offer_id, contact_date, known_on

)

select * from count_contacts
