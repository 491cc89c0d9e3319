with

kindred_offers as (

    select * from {{ ref('int_offers_kindred') }}

),

redemptions as (

    select * from {{ ref('stg_shop__redemption_versions') }}

),

count_redemptions as (

    select
        kindred_offers.day,
        redemptions.customer_id,
        kindred_offers.offer_id,
        count(*) as redemption_count
    from kindred_offers
    inner join redemptions on kindred_offers.kindred_offer_id = redemptions.offer_id
    where
        redemptions.day < kindred_offers.day
        and (redemptions.superseded_on is null or kindred_offers.day <= redemptions.superseded_on)
        and redemptions.redemption_date < kindred_offers.day
        and {{ is_within("redemptions.redemption_date", var("history_days"), "kindred_offers") }}
    group by kindred_offers.day, redemptions.customer_id, kindred_offers.offer_id

)

select * from count_redemptions
