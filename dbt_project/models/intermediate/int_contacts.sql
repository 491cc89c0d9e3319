with

exposures as (

    select * from {{ ref('int_exposures') }}

),

redemptions as (

    select * from {{ ref('stg_shop__redemption_versions') }}

),

collect_contacts as (

    select
        customer_id,
        offer_id,
        campaign_id,
        exposure_date as contact_date,
        greatest(day, exposure_date) as known_on,
        cast(null as date) as superseded_on,
        1 as exposure_count,
        0 as redemption_count
    from exposures
    union all
    select
        customer_id,
        offer_id,
        campaign_id,
        redemption_date as contact_date,
        greatest(day, redemption_date) as known_on,
        superseded_on,
        0 as exposure_count,
        1 as redemption_count
    from redemptions

)

select * from collect_contacts
