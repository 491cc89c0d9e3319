with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

consents as (

    select * from {{ ref('stg_shop__consents') }}

),

number_versions as (

    select
        customer_id,
        channel,
        is_granted,
        day as known_on,
        lead(day) over (partition by customer_id, channel order by day) as superseded_on
    from consents

),

pick_versions as (

    select
        as_of_days.day,
        number_versions.customer_id,
        bool_or(number_versions.is_granted) as has_consent
    from number_versions
    inner join as_of_days on {{ is_known("number_versions") }}
    group by as_of_days.day, number_versions.customer_id

)

select * from pick_versions
