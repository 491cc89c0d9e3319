with

events as (

    select * from {{ ref('stg_shop__events') }}

),

orders as (

    select * from {{ ref('int_orders') }}

),

sum_sessions as (

    select
        customer_id,
        coalesce(session_id, event_id) as session_id,
        event_date,
        greatest(day, event_date) as known_on,
        sum(case when event_type = 'view' then 1 else 0 end) as view_count,
        sum(case when event_type = 'search' then 1 else 0 end) as search_count,
        sum(case when event_type = 'cart_add' then 1 else 0 end) as cart_add_count,
        sum(case when event_type = 'cart_remove' then 1 else 0 end) as cart_remove_count,
        sum(cast(coalesce(dwell_seconds, 0) as decimal(18, 4))) as dwell_seconds
    from events
    where customer_id is not null
    group by customer_id, coalesce(session_id, event_id), event_date, greatest(day, event_date)

),

find_orders as (

    select
        customer_id,
        order_date,
        min(known_on) as ordered_known_on
    from orders
    group by customer_id, order_date

),

join_orders as (

    select
        sum_sessions.*,
        find_orders.ordered_known_on,
        cast(null as date) as superseded_on
    from sum_sessions
    left join find_orders
        on
            sum_sessions.customer_id = find_orders.customer_id
            and sum_sessions.event_date = find_orders.order_date

)

select * from join_orders
