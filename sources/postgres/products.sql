-- A product is delivered on the day it was created and on every later day whose last change the row still shows.
with delivered as (
    select *, created_at as delivered_at
    from shop.products
    where created_at >= $backlog_moment and created_at < $end_moment
    union all
    select *, updated_at as delivered_at
    from shop.products
    where updated_at >= $backlog_moment and updated_at < $end_moment
),

dated as (
    select *, greatest((delivered_at at time zone $time_zone)::date, $data_first_day) as day
    from delivered
    qualify row_number() over (partition by id, day order by delivered_at desc) = 1
)

select
    id::varchar as product_id,
    name,
    department,
    category,
    subcategory,
    brand,
    null::varchar as brand_type,
    null::varchar as package_size,
    null::varchar as unit,
    list_price,
    cost,
    launched_on,
    case when deleted_at <= delivered_at then 'deletion' end as change,
    day
from dated
