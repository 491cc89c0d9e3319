with plans as (
    select
        campaign_id,
        count(*) as offers_available,
        max(budget)::double as budget,
        max(budget_used_before)::double as budget_used_before,
        max(budget_remaining)::double as budget_remaining
    from ml.offer_plans
    where day = $day
    group by all
),

given as (
    select
        campaign_id,
        count(*) as offers_given,
        count(distinct assignments.customer_id) as customers,
        sum(assignments.expected_cost)::double as cost,
        sum(expected_margin)::double as margin,
        sum(expected_incremental_margin)::double as extra_margin,
        sum(effects.effect_margin - effects.effect_margin_low order by effects.effect_margin - effects.effect_margin_low) as extra_margin_below,
        sum(effects.effect_margin_high - effects.effect_margin order by effects.effect_margin_high - effects.effect_margin) as extra_margin_above,
        -- a redemption happens or not: its variance when the predicted probability is right
        sum(((1 - propensity) / nullif(propensity, 0) * assignments.expected_cost::double ^ 2)::decimal(38, 9))::double
            as cost_variance,
        sum(((1 - propensity) / nullif(propensity, 0) * expected_margin::double ^ 2)::decimal(38, 9))::double
            as margin_variance
    from ml.assignments
    left join ml.effects using (day, customer_id, offer_id)
    where day = $day and arm not in ('holdout', 'control')
    group by all
)

select
    plans.campaign_id,
    plans.offers_available,
    coalesce(given.offers_given, 0) as offers_given,
    coalesce(given.customers, 0) as customers,
    plans.budget,
    plans.budget_used_before,
    plans.budget_remaining,
    -- what neither was used, nor is planned today, nor remains is kept for offers of earlier days
    greatest(
        0, plans.budget - plans.budget_used_before - coalesce(given.cost, 0) - plans.budget_remaining
    ) as committed,
    coalesce(given.cost, 0) as cost,
    coalesce(given.margin, 0) as margin,
    given.extra_margin,
    given.extra_margin_below,
    given.extra_margin_above,
    coalesce(given.cost_variance, 0) as cost_variance,
    coalesce(given.margin_variance, 0) as margin_variance
from plans
left join given on plans.campaign_id = given.campaign_id
order by margin desc, plans.campaign_id
