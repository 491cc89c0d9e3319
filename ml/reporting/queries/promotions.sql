-- a random pick that is the same at every run of the day; every campaign has its turn before one comes twice
with shuffled as (
    select
        *,
        row_number() over (
            partition by campaign_id order by md5(day || customer_id), rank
        ) as turn
    from marts.user_promotions
    where day = $day
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
    arm,
    reasons
from shuffled
order by turn, md5(day || customer_id), rank
limit $examples
