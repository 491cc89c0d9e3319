with

offer_plans as (

    select * from {{ source('ml', 'offer_plans') }}

),

offers as (

    select * from {{ ref('stg_shop__offers') }}

),

newest_offers as (

    select *
    from offers
    qualify row_number() over (partition by offer_id order by day desc) = 1

),

describe_plans as (

    select
        offer_plans.day,
        offer_plans.offer_id,
        offer_plans.campaign_id,
        newest_offers.offer_type,
        coalesce(newest_offers.title, newest_offers.offer_id) as title,
        newest_offers.discount_type,
        newest_offers.discount_value,
        newest_offers.discount_value_method,
        newest_offers.min_basket,
        coalesce(newest_offers.scope_name, 'Everything') as product_scope,
        newest_offers.valid_from,
        newest_offers.valid_until,
        offer_plans.eligible_count,
        offer_plans.candidate_count,
        offer_plans.reach_planned,
        offer_plans.cost_expected,
        offer_plans.margin_expected,
        offer_plans.budget,
        offer_plans.budget_used_before,
        offer_plans.budget_remaining,
        offer_plans.shadow_price,
        offer_plans.partner_shadow_price,
        offer_plans.copies_shadow_price,
        offer_plans.minimum_shadow_price,
        offer_plans.return_shadow_price,
        offer_plans.day_value,
        offer_plans.day_bound,
        offer_plans.day_gap_rate,
        offer_plans.run_id
    from offer_plans
    left join newest_offers on offer_plans.offer_id = newest_offers.offer_id
    where offer_plans.day = {{ run_day() }}

)

select * from describe_plans
