with

assignments as (

    select * from {{ source('ml', 'assignments') }}

),

offers as (

    select * from {{ ref('stg_shop__offers') }}

),

newest_offers as (

    select *
    from offers
    qualify row_number() over (partition by offer_id order by day desc) = 1

),

todays_assignments as (

    select *
    from assignments
    where
        day = {{ run_day() }}
        and arm not in {{ withheld_arms() }}

),

describe_offers as (

    select
        todays_assignments.day,
        todays_assignments.customer_id,
        todays_assignments.rank,
        todays_assignments.offer_id,
        todays_assignments.campaign_id,
        newest_offers.offer_type,
        coalesce(newest_offers.title, newest_offers.offer_id) as title,
        newest_offers.discount_type,
        coalesce(todays_assignments.discount_value, newest_offers.discount_value) as discount_value,
        coalesce(todays_assignments.min_basket, newest_offers.min_basket) as min_basket,
        coalesce(newest_offers.scope_name, 'Everything') as product_scope,
        todays_assignments.channel,
        todays_assignments.channel_basis,
        todays_assignments.send_at,
        todays_assignments.hour_basis,
        todays_assignments.valid_from,
        todays_assignments.valid_until,
        todays_assignments.propensity,
        todays_assignments.expected_uplift,
        todays_assignments.expected_incremental_margin,
        todays_assignments.expected_margin,
        todays_assignments.expected_cost,
        todays_assignments.affinity,
        todays_assignments.reasons,
        todays_assignments.arm,
        todays_assignments.assignment_probability,
        todays_assignments.model_versions,
        todays_assignments.run_id
    from todays_assignments
    left join newest_offers on todays_assignments.offer_id = newest_offers.offer_id

)

select * from describe_offers
