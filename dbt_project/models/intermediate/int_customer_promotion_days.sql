with

contacts as (

    select * from {{ ref('int_contacts') }}

),

count_contacts as (

    select
        customer_id,
        contact_date,
        known_on,
        superseded_on,
        sum(exposure_count) as exposure_count,
        sum(redemption_count) as redemption_count
    from contacts
    group by customer_id, contact_date, known_on, superseded_on

)

select * from count_contacts
