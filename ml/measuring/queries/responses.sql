-- Campaigns that reached anybody: how many, how many of them redeemed, and what that cost.
with exposed as (
    select campaign_id, customer_id, max(exposure_date) as exposure_date
    from staging.stg_shop__exposures
    where campaign_id is not null and {is_shown}
    group by all
),

discounts as ({discounts}),

redeemed as (
    select
        campaign_id, customer_id, count(*) as redemption_count, sum(discount) as discount,
        count(*) filter (where not is_recorded) as unrecorded_count
    from discounts
    group by campaign_id, customer_id
)

select
    exposed.campaign_id,
    count(*) as exposed_customers,
    count(redeemed.customer_id) as redeeming_customers,
    coalesce(sum(redeemed.redemption_count), 0)::bigint as redemption_count,
    coalesce(sum(redeemed.discount), 0)::double as discount_cost,
    coalesce(sum(redeemed.unrecorded_count), 0)::bigint as unrecorded_count,
    max(coalesce(ends.last_day, exposed.exposure_date + $window_days - 1)) < $day as is_over,
    max(coalesce(ends.last_day, exposed.exposure_date + $window_days - 1)) + $followup_days < $day as is_followed_up
from exposed
left join redeemed using (campaign_id, customer_id)
left join (
    select campaign_id, max(valid_until) as last_day from staging.stg_shop__offers group by campaign_id
) as ends on exposed.campaign_id = ends.campaign_id
group by exposed.campaign_id
order by exposed.campaign_id
