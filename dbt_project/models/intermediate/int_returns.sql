with

returns as (

    select * from {{ ref('stg_shop__return_versions') }}

),

orders as (

    select * from {{ ref('stg_shop__order_versions') }}

),

name_spans as (

    select
        return_id,
        order_id,
        customer_id,
        return_date,
        refund_amount,
        greatest(day, return_date) as known_on,
        superseded_on
    from returns

),

returned_orders as (

    select
        orders.order_id,
        orders.customer_id,
        orders.order_date,
        greatest(orders.day, orders.order_date) as known_on,
        orders.superseded_on
    from orders
    where orders.order_id in (select name_spans.order_id from name_spans)

),

first_known_orders as (

    select
        order_id,
        min(known_on) as known_on
    from returned_orders
    group by order_id

),

-- As long as nothing is known of its order, a return lowers what was bought on its own day.
await_orders as (

    select
        name_spans.return_id,
        name_spans.customer_id,
        name_spans.return_date,
        name_spans.return_date as refunded_date,
        name_spans.refund_amount,
        name_spans.known_on,
        least(name_spans.superseded_on, first_known_orders.known_on) as superseded_on
    from name_spans
    left join first_known_orders on name_spans.order_id = first_known_orders.order_id

),

-- A return of a deleted order ends with it.
match_orders as (

    select
        name_spans.return_id,
        coalesce(name_spans.customer_id, returned_orders.customer_id) as customer_id,
        name_spans.return_date,
        returned_orders.order_date as refunded_date,
        name_spans.refund_amount,
        greatest(name_spans.known_on, returned_orders.known_on) as known_on,
        least(name_spans.superseded_on, returned_orders.superseded_on) as superseded_on
    from name_spans
    inner join returned_orders on name_spans.order_id = returned_orders.order_id

),

collect_returns as (

    select * from await_orders
    union all
    select * from match_orders

),

keep_spans as (

    select * from collect_returns
    where superseded_on is null or known_on < superseded_on

)

select * from keep_spans
