-- Campaigns with offers that were sent and may still be used, or ended lately: what was planned until today and what came.
with offers as (
    select * from staging.stg_shop__offers qualify row_number() over (partition by offer_id order by day desc) = 1
),

plans as (
    select campaign_id, max_by(budget, day)::double as budget from ml.offer_plans where day < $day group by campaign_id
),

sent as (
    select
        assignments.*,
        coalesce(assignments.campaign_id, '') as campaign,
        -- of the chance of use so much should have come by now: the days so far by the days it can be used
        least(
            ($day - assignments.day) / greatest(assignments.valid_until - assignments.day + 1, 1), 1
        )::double as elapsed
    from ml.assignments as assignments
    where
        assignments.day < $day and assignments.day >= $day - $window_days and {is_shown}
),

discounts as ({discounts}),

used as (
    select sent.customer_id, sent.offer_id, sent.day, count(*) as uses, sum(discounts.discount) as discount
    from sent
    inner join discounts
        on
            sent.customer_id = discounts.customer_id and sent.offer_id = discounts.offer_id
            and discounts.redemption_date between sent.day and sent.valid_until
            and discounts.redemption_date < $day
    group by all
),

delivered as (
    select distinct customer_id, offer_id, exposure_date as day
    from staging.stg_shop__exposures
    where {is_shown}
)

select
    sent.campaign as campaign_id,
    min(sent.day) as first_day,
    max(sent.valid_until) as last_day,
    any_value(plans.budget) as budget,
    count(*)::double as reach_planned,
    count(delivered.customer_id)::double as reach,
    -- decimals, because sums of doubles depend on the order of the rows
    sum((sent.propensity * sent.elapsed)::decimal(38, 9))::double as redemptions_planned,
    sum((sent.propensity * sent.elapsed * (1 - sent.propensity * sent.elapsed))::decimal(38, 9))::double
        as redemptions_variance,
    coalesce(sum(used.uses), 0)::double as redemptions,
    sum((sent.expected_cost * sent.elapsed)::decimal(38, 9))::double as spend_planned,
    sum((
        (1 - sent.propensity * sent.elapsed) / nullif(sent.propensity * sent.elapsed, 0)
        * (sent.expected_cost * sent.elapsed)::double ^ 2
    )::decimal(38, 9))::double as spend_variance,
    coalesce(sum(used.discount), 0)::double as spend,
    -- of all offers of a customer together, as it is measured; a message costs the same however much of its time is over
    case
        when count(sent.expected_incremental_margin) = count(*)
            then sum((
                (sent.expected_incremental_margin::double + $message_cost) * sent.elapsed - $message_cost
            )::decimal(38, 9))::double
                / count(distinct sent.customer_id)
    end as effect_planned,
    avg(coalesce(pulled.rate, $pull_forward_rate)) as pull_forward_rate,
    $message_cost * count(*) / count(distinct sent.customer_id) as message_cost
from sent
left join used using (customer_id, offer_id, day)
left join delivered using (customer_id, offer_id, day)
left join ml.pull_forward as pulled on sent.day = pulled.day
left join plans on sent.campaign = plans.campaign_id
group by sent.campaign
order by sent.campaign
