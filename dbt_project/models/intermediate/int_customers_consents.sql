with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

consents as (

    select * from {{ ref('stg_shop__consent_versions') }}

),

name_spans as (

    select
        customer_id,
        channel,
        is_granted,
        day as known_on,
        superseded_on
    from consents

),

pick_versions as (

    select
        as_of_days.day,
        name_spans.customer_id,
        bool_or(name_spans.is_granted) as has_consent
    from name_spans
    inner join as_of_days on {{ is_known("name_spans") }}
    group by as_of_days.day, name_spans.customer_id

)

select * from pick_versions
