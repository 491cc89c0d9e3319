-- A campaign is delivered on the day it was created and on every later day whose last change the row still shows.
with delivered as (
    select *, created_at as delivered_at
    from shop.campaigns
    where created_at >= $backlog_moment and created_at < $end_moment
    union all
    select *, updated_at as delivered_at
    from shop.campaigns
    where updated_at >= $backlog_moment and updated_at < $end_moment
),

dated as (
    select *, greatest((delivered_at at time zone $time_zone)::date, $data_first_day) as day
    from delivered
    qualify row_number() over (partition by id, day order by delivered_at desc) = 1
)

select
    id::varchar as campaign_id,
    name,
    null::varchar as campaign_type,
    objective,
    starts_on as start_date,
    ends_on as end_date,
    budget,
    case when deleted_at <= delivered_at then 'deletion' end as change,
    day
from dated
