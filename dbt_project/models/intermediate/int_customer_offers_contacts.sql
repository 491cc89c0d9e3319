with

offers as (

    select * from {{ ref('int_offers_as_of') }}

),

exposures as (

    select * from {{ ref('int_exposures') }}

),

redemptions as (

    select * from {{ ref('stg_shop__redemption_versions') }}

),

collect_contacts as (

    select
        offers.day,
        exposures.customer_id,
        offers.offer_id,
        exposures.exposure_date,
        cast(null as date) as redemption_date
    from offers
    inner join exposures on offers.offer_id = exposures.offer_id
    where exposures.day < offers.day and exposures.exposure_date < offers.day
    union all
    select
        offers.day,
        redemptions.customer_id,
        offers.offer_id,
        cast(null as date) as exposure_date,
        redemptions.redemption_date
    from offers
    inner join redemptions on offers.offer_id = redemptions.offer_id
    where
        redemptions.day < offers.day
        and redemptions.redemption_date < offers.day
        and (redemptions.superseded_on is null or offers.day <= redemptions.superseded_on)

),

count_contacts as (

    select
        day,
        customer_id,
        offer_id,
        count(exposure_date) as exposure_count,
        max(exposure_date) as last_exposure_date,
        count(redemption_date) as redemption_count,
        max(redemption_date) as last_redemption_date
    from collect_contacts
    group by day, customer_id, offer_id

)

select * from count_contacts
