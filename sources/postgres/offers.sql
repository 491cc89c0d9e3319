-- A coupon is delivered on the day it was created and on every later day whose last change the row still shows.
with delivered as (
    select *, created_at as delivered_at
    from shop.coupons
    where created_at >= $backlog_moment and created_at < $end_moment
    union all
    select *, updated_at as delivered_at
    from shop.coupons
    where updated_at >= $backlog_moment and updated_at < $end_moment
),

dated as (
    select *, greatest((delivered_at at time zone $time_zone)::date, $data_first_day) as day
    from delivered
    qualify row_number() over (partition by id, day order by delivered_at desc) = 1
)

select
    id::varchar as offer_id,
    campaign_id::varchar as campaign_id,
    kind as offer_type,
    title,
    discount_type,
    discount_value,
    'given' as discount_value_method,
    min_basket,
    max_discount,
    scope_name,
    starts_on as valid_from,
    ends_on as valid_until,
    channel,
    audience,
    issue_limit,
    per_customer_limit,
    null::double as shop_funded_rate,
    null::varchar as partner,
    case when deleted_at <= delivered_at then 'deletion' end as change,
    day
from dated
