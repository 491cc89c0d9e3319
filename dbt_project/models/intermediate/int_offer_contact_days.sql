with

contacts as (

    select * from {{ ref('int_contacts') }}

),

count_contacts as (

    select
        offer_id,
        contact_date,
        known_on,
        superseded_on,
        max(campaign_id) as campaign_id,
        sum(exposure_count) as exposure_count,
        sum(redemption_count) as redemption_count
    from contacts
    group by offer_id, contact_date, known_on, superseded_on

)

select * from count_contacts
