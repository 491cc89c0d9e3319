-- An order is delivered on the day it was paid. What is changed on a later day comes on that day as a correction, a
-- cancelled order as a deletion; one cancelled on the day it was paid was never an order.
with delivered as (
    select *, paid_at as delivered_at
    from shop.orders
    where paid_at >= $first_moment and paid_at < $end_moment
    union all
    select *, updated_at as delivered_at
    from shop.orders
    where updated_at >= $first_moment and updated_at < $end_moment and paid_at <= updated_at
),

dated as (
    select
        *,
        (paid_at at time zone $time_zone)::date as order_date,
        (delivered_at at time zone $time_zone)::date as day
    from delivered
    qualify row_number() over (partition by id, day order by delivered_at desc) = 1
),

changed as (
    select
        *,
        case
            when cancelled_at <= delivered_at then 'deletion'
            when day > order_date then 'correction'
        end as change
    from dated
)

select
    id::varchar as order_id,
    customer_id::varchar as customer_id,
    paid_at at time zone 'UTC' as ordered_at,
    order_date,
    channel,
    store_id,
    device_id,
    payment_token as payment_id,
    change,
    day
from changed
where order_date >= $data_first_day and (day > order_date or change is null)
