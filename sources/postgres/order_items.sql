-- Lines are delivered with their order, also when it is corrected or cancelled. They carry no time of their own: the
-- join that gives them one is made by the server, because DuckDB would fetch every line ever sold to make it here.
with delivered as (
    from postgres_query('shop', format($$
        select item.*, orders.paid_at, orders.cancelled_at, orders.paid_at as delivered_at
        from order_items as item
        inner join orders on orders.id = item.order_id
        where orders.paid_at >= '{0}' and orders.paid_at < '{1}'
        union all
        select item.*, orders.paid_at, orders.cancelled_at, orders.updated_at as delivered_at
        from order_items as item
        inner join orders on orders.id = item.order_id
        where orders.updated_at >= '{0}' and orders.updated_at < '{1}' and orders.paid_at <= orders.updated_at
    $$, $first_moment, $end_moment))
),

dated as (
    select
        *,
        (paid_at at time zone $time_zone)::date as order_date,
        (delivered_at at time zone $time_zone)::date as day
    from delivered
    qualify row_number() over (partition by order_id, line_number, day order by delivered_at desc) = 1
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
    order_id::varchar as order_id,
    line_number,
    product_id::varchar as product_id,
    quantity,
    quantity * unit_price - discount_amount - coupon_discount_amount as net_amount,
    discount_amount as shelf_discount_amount,
    coupon_discount_amount,
    null::decimal(18, 4) as coupon_match_discount_amount,
    coupon_id::varchar as offer_id,
    change,
    day
from changed
where order_date >= $data_first_day and (day > order_date or change is null)
