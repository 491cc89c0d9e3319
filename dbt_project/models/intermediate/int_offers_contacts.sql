with

kindred_offers as (

    select * from {{ ref('int_offers_kindred') }}

),

contact_days as (

    select * from {{ ref('int_offer_contact_days') }}

),

sum_contacts as (

    select
        kindred_offers.day,
        kindred_offers.offer_id,
        sum(contact_days.exposure_count) as exposure_count,
        sum(contact_days.redemption_count) as redemption_count
    from kindred_offers
    inner join contact_days on kindred_offers.kindred_offer_id = contact_days.offer_id
    where
        {{ is_known("contact_days", "kindred_offers") }}
        and {{ is_within("contact_days.contact_date", var("history_days"), "kindred_offers") }}
    group by kindred_offers.day, kindred_offers.offer_id

)

select * from sum_contacts
