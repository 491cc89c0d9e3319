with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

first_event as (

    select min(greatest(day, event_date)) as known_on from {{ ref('stg_shop__events') }}

),

first_consent as (

    select min(day) as known_on from {{ ref('stg_shop__consent_versions') }}

),

first_placement as (

    select min(day) as known_on from {{ ref('stg_shop__store_promotion_versions') }}

),

first_return as (

    select min(greatest(day, return_date)) as known_on from {{ ref('stg_shop__return_versions') }}

),

compare_days as (

    select
        as_of_days.day,
        coalesce(first_event.known_on < as_of_days.day, false) as has_events,
        coalesce(first_consent.known_on < as_of_days.day, false) as has_consents,
        coalesce(first_placement.known_on < as_of_days.day, false) as has_placements,
        coalesce(first_return.known_on < as_of_days.day, false) as has_returns
    from as_of_days
    cross join first_event
    cross join first_consent
    cross join first_placement
    cross join first_return

)

select * from compare_days
