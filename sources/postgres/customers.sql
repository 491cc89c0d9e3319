-- A customer is delivered on the day of signing up and on every later day whose last change the row still shows.
with delivered as (
    select *, created_at as delivered_at
    from shop.customers
    where created_at >= $backlog_moment and created_at < $end_moment
    union all
    select *, updated_at as delivered_at
    from shop.customers
    where updated_at >= $backlog_moment and updated_at < $end_moment
),

dated as (
    select *, greatest((delivered_at at time zone $time_zone)::date, $data_first_day) as day
    from delivered
    qualify row_number() over (partition by id, day order by delivered_at desc) = 1
)

select
    id::varchar as customer_id,
    created_at at time zone 'UTC' as registered_at,
    null::varchar as age_band,
    null::varchar as income_band,
    null::varchar as household_size,
    null::varchar as household_composition,
    null::varchar as marital_status,
    null::varchar as home_ownership,
    null::varchar as children_count,
    region,
    acquisition_channel,
    full_name as name,
    email,
    phone,
    address,
    case when deleted_at <= delivered_at then 'deletion' end as change,
    day
from dated
