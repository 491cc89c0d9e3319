-- A product enters a coupon's scope on the day its row was created and leaves it on the day the row was deleted.
with delivered as (
    select *, created_at as delivered_at
    from shop.coupon_products
    where created_at >= $backlog_moment and created_at < $end_moment
    union all
    select *, deleted_at as delivered_at
    from shop.coupon_products
    where deleted_at >= $backlog_moment and deleted_at < $end_moment
),

dated as (
    select *, greatest((delivered_at at time zone $time_zone)::date, $data_first_day) as day
    from delivered
    qualify row_number() over (partition by coupon_id, product_id, day order by delivered_at desc) = 1
)

select
    coupon_id::varchar as offer_id,
    product_id::varchar as product_id,
    case when deleted_at <= delivered_at then 'deletion' end as change,
    day
from dated
