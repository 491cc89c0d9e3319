-- Customers to whom chance showed or did not show an offer (or any offer of a campaign), with what they bought before,
-- while the offer could be used and after it. What the shop drew by itself counts like what was drawn here.
with offers as (
    select * from staging.stg_shop__offers qualify row_number() over (partition by offer_id order by day desc) = 1
),

drawn_here as (
    select
        'platform' as origin,
        day as first_day,
        customer_id,
        coalesce(campaign_id, '') as campaign_id,
        offer_id,
        arm,
        {is_shown} as is_shown,
        shown_probability,
        assignment_probability,
        coalesce(is_idle, false) as is_idle,
        -- the plan's offers are sent with far more than half a chance, those that only a lot chose with far less
        assignment_probability / case arm
            when 'holdout' then $holdout_rate
            when 'control' then (1 - $holdout_rate) * $control_rate
            else shown_probability
        end > 0.5 as is_planned,
        valid_until
    from ml.assignments
    -- who had no plan is on the log only as an explorer
    left join (select day, customer_id, true as is_idle from ml.decisions where not has_plan) as idle
        using (day, customer_id)
    where day < $day and day >= $day - $oldest_days and not $is_replay
),

-- What comes back from the shop of what was decided here is not drawn a second time.
drawn_there as (
    select
        'shop' as origin,
        exposures.exposure_date as first_day,
        exposures.customer_id,
        coalesce(exposures.campaign_id, offers.campaign_id, '') as campaign_id,
        exposures.offer_id,
        exposures.arm,
        {is_shown} as is_shown,
        exposures.probability,
        false as is_idle,
        false as is_planned,
        offers.valid_until
    from staging.stg_shop__exposures as exposures
    inner join offers on exposures.offer_id = offers.offer_id
    left join (select distinct customer_id, offer_id, day from ml.assignments) as echoed
        on
            exposures.customer_id = echoed.customer_id
            and exposures.offer_id = echoed.offer_id
            and exposures.exposure_date = echoed.day
    where
        exposures.arm is not null and exposures.probability > 0 and exposures.probability < 1
        and exposures.exposure_date < $day and exposures.exposure_date >= $day - $oldest_days
        and echoed.customer_id is null
),

both_shown_and_not as (
    select * from (
        select
            *,
            avg(probability order by probability) filter (where is_shown) over each_draw as probability_shown,
            avg(probability order by probability) filter (where not is_shown) over each_draw as probability_withheld
        from drawn_there
        window each_draw as (partition by offer_id, first_day)
    )
    where probability_shown is not null and probability_withheld is not null
),

drawn as (
    select * from drawn_here
    union all by name
    select
        origin, first_day, customer_id, campaign_id, offer_id, arm, is_shown, probability as assignment_probability,
        probability_shown / (probability_shown + probability_withheld) as shown_probability, is_idle, is_planned,
        valid_until
    from both_shown_and_not
),

each_level as (
    select *, offer_id as measured_offer_id from drawn
    union all
    select *, '' as measured_offer_id from drawn
),

-- From the first day on which the customer's lot fell; the whole campaign is shown to a customer or none of it.
units as (
    select
        row_number() over (order by origin, campaign_id, measured_offer_id, customer_id) as unit,
        origin,
        campaign_id,
        measured_offer_id as offer_id,
        customer_id,
        min(first_day) as first_day,
        min_by(arm, (first_day, arm)) as arm,
        min_by(is_shown, (first_day, arm)) as is_shown,
        min_by(shown_probability, (first_day, arm)) as shown_probability,
        min_by(assignment_probability, (first_day, arm)) as assignment_probability,
        min_by(is_idle, (first_day, arm)) as is_idle,
        case when bool_or(is_planned) then 'treatment' else 'exploration' end as chosen_by,
        list(distinct offer_id) as own_offers,
        least(
            max(coalesce(valid_until, first_day + $window_days - 1)), min(first_day) + $window_days - 1
        ) as last_day
    from each_level
    group by origin, campaign_id, measured_offer_id, customer_id
),

own_offers as (
    select unit, unnest(own_offers) as offer_id from units
),

scopes as (
    select own_offers.unit, scope.product_id
    from own_offers
    inner join (select distinct offer_id, product_id from staging.stg_shop__offer_products) as scope
        on own_offers.offer_id = scope.offer_id
),

scope_categories as (
    select distinct scopes.unit, described.category
    from scopes
    inner join features.products as described on described.day = $day and scopes.product_id = described.product_id
    where described.category is not null
),

-- An offer without products applies to everything.
without_scope as (
    select distinct unit from own_offers
    where offer_id not in (select offer_id from staging.stg_shop__offer_products where offer_id is not null)
),

lines as ({lines}),

near as (
    select
        units.unit,
        lines.*,
        lines.order_date - units.first_day as days_since,
        lines.order_date > units.last_day as is_after,
        without_scope.unit is not null or scopes.unit is not null as is_in_scope,
        scope_categories.unit is not null as is_in_category
    from units
    inner join lines
        on
            units.customer_id = lines.customer_id
            and lines.order_date >= units.first_day - $before_days
            and lines.order_date <= units.last_day + $followup_days
    left join without_scope on units.unit = without_scope.unit
    left join scopes on units.unit = scopes.unit and lines.product_id = scopes.product_id
    left join scope_categories on units.unit = scope_categories.unit and lines.category = scope_categories.category
),

bought as (
    select
        unit,
        count(distinct order_id) filter (where days_since < 0) as orders_before,
        sum(margin) filter (where days_since < 0) as margin_before,
        count(distinct order_id) filter (where days_since >= 0 and not is_after) as orders,
        sum(revenue) filter (where days_since >= 0 and not is_after) as revenue,
        sum(margin) filter (where days_since >= 0 and not is_after and is_in_scope) as margin_in_scope,
        sum(margin) filter (where days_since >= 0 and not is_after and not is_in_scope and is_in_category)
            as margin_of_substitutes,
        sum(margin) filter (where days_since >= 0 and not is_after and not is_in_scope and not is_in_category)
            as margin_elsewhere,
        sum(margin) filter (where is_after) as followup_margin
    from near
    group by unit
),

discounts as ({discounts}),

used as (
    select
        units.unit,
        count(*) as redemptions,
        sum(discounts.discount)::double as cost,
        -- points and gifts are paid later: they are not in what the order brought
        coalesce(sum(discounts.discount) filter (where offers.discount_type not in ('points', 'gift')), 0)::double
            as taken_off
    from units
    inner join own_offers on units.unit = own_offers.unit
    inner join discounts
        on
            units.customer_id = discounts.customer_id
            and own_offers.offer_id = discounts.offer_id
            and discounts.redemption_date between units.first_day and units.last_day
            and discounts.redemption_date < $day
    left join offers on own_offers.offer_id = offers.offer_id
    group by units.unit
)

select
    units.origin,
    units.campaign_id,
    units.offer_id,
    case when units.offer_id <> '' then offers.offer_type end as offer_type,
    units.customer_id,
    units.first_day,
    units.arm,
    units.chosen_by,
    units.is_shown,
    units.shown_probability,
    units.assignment_probability,
    units.is_idle,
    $day - units.first_day as days_looked,
    units.last_day < $day as is_closed,
    units.last_day + $followup_days < $day as is_followed_up,
    coalesce(bought.orders_before, 0)::double as orders_before,
    coalesce(bought.margin_before, 0)::double as margin_before,
    coalesce(bought.orders, 0)::double as orders,
    coalesce(bought.revenue, 0)::double as revenue,
    -- what the offer took off the goods in its scope is its cost, not less margin
    coalesce(bought.margin_in_scope, 0)::double + coalesce(used.taken_off, 0) as margin_in_scope,
    coalesce(bought.margin_of_substitutes, 0)::double as margin_of_substitutes,
    coalesce(bought.margin_elsewhere, 0)::double as margin_elsewhere,
    coalesce(bought.followup_margin, 0)::double as followup_margin,
    coalesce(used.redemptions, 0)::double as redemptions,
    coalesce(used.cost, 0) as cost
from units
left join bought on units.unit = bought.unit
left join used on units.unit = used.unit
left join offers on units.offer_id = offers.offer_id
order by units.unit
