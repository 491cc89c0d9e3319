-- A return is delivered on the day the goods came back; on the day of a later change it comes as a correction, on the day
-- it was struck out as a deletion.
with delivered as (
    select *, returned_at as delivered_at
    from shop.returns
    where returned_at >= $first_moment and returned_at < $end_moment
    union all
    select *, updated_at as delivered_at
    from shop.returns
    where updated_at >= $first_moment and updated_at < $end_moment and returned_at <= updated_at
),

dated as (
    select
        *,
        (returned_at at time zone $time_zone)::date as return_date,
        (delivered_at at time zone $time_zone)::date as day
    from delivered
    qualify row_number() over (partition by id, day order by delivered_at desc) = 1
),

changed as (
    select
        *,
        case
            when deleted_at <= delivered_at then 'deletion'
            when day > return_date then 'correction'
        end as change
    from dated
)

select
    id::varchar as return_id,
    order_id::varchar as order_id,
    line_number,
    customer_id::varchar as customer_id,
    product_id::varchar as product_id,
    returned_at at time zone 'UTC' as returned_at,
    return_date,
    quantity,
    refund_amount,
    change,
    day
from changed
where return_date >= $data_first_day and (day > return_date or change is null)
