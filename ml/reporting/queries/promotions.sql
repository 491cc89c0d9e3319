-- a random pick that is the same at every run of the day: one promotion per customer, and every campaign has its turn
-- before one comes twice
with shuffled as (
    select
        *,
        md5(day || customer_id || offer_id) as lot
    from marts.user_promotions
    where day = $day
),

one_each as (
    select *
    from shuffled
    qualify row_number() over (partition by customer_id order by lot) = 1
)

select
    customer_id,
    offer_id,
    campaign_id,
    title,
    channel,
    send_at,
    valid_until,
    propensity,
    expected_cost::double as cost,
    expected_margin::double as margin,
    expected_incremental_margin::double as extra_margin,
    arm,
    reasons
from one_each
order by row_number() over (partition by campaign_id order by lot), lot
limit $examples
