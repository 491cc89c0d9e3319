with

exposures as (

    select * from {{ ref('stg_shop__exposures') }}

),

redemptions as (

    select * from {{ ref('stg_shop__redemptions') }}

),

collect_contacts as (

    select
        customer_id,
        offer_id,
        campaign_id,
        exposure_date as contact_date,
        greatest(day, exposure_date) as known_on,
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
        0 as exposure_count,
        1 as redemption_count
    from redemptions

)

select * from collect_contacts
