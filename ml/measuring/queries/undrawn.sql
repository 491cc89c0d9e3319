-- Campaigns over which nobody drew lots: the customers exposed and all the others, with what they bought in equally long
-- spans before and after the campaign's first exposure.
with exposed as (
    select campaign_id, customer_id, min(exposure_date) as first_day, bool_or(arm is not null) as is_drawn
    from staging.stg_shop__exposures
    where campaign_id is not null and exposure_date < $day
    group by campaign_id, customer_id
),

-- A shop need not say again that the platform drew lots.
drawn_here as (
    select distinct campaign_id from ml.assignments
    where day < $day and campaign_id is not null and not $is_replay
),

campaigns as (
    select exposed.campaign_id, min(exposed.first_day) as first_day
    from exposed
    anti join drawn_here on exposed.campaign_id = drawn_here.campaign_id
    group by exposed.campaign_id
    having not bool_or(is_drawn) and min(first_day) + $window_days <= $day and min(first_day) >= $day - $oldest_days
),

lines as ({lines}),

-- Whoever bought before: a customer of later weeks had no chance to be chosen.
people as (
    select campaigns.campaign_id, campaigns.first_day, firsts.customer_id
    from campaigns
    inner join (select customer_id, min(order_date) as first_order_day from lines group by customer_id) as firsts
        on firsts.first_order_day < campaigns.first_day - 2 * $window_days
)

select
    people.campaign_id,
    people.customer_id,
    exposed.customer_id is not null as is_shown,
    coalesce(sum(lines.revenue) filter (where lines.order_date < people.first_day - $window_days), 0)::double
        as earlier,
    coalesce(sum(lines.revenue) filter (
        where lines.order_date >= people.first_day - $window_days and lines.order_date < people.first_day
    ), 0)::double as before,
    coalesce(sum(lines.revenue) filter (where lines.order_date >= people.first_day), 0)::double as after
from people
left join exposed on people.campaign_id = exposed.campaign_id and people.customer_id = exposed.customer_id
left join lines
    on
        people.customer_id = lines.customer_id
        and lines.order_date >= people.first_day - 2 * $window_days
        and lines.order_date < people.first_day + $window_days
group by all
order by people.campaign_id, people.customer_id
