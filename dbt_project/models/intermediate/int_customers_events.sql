with

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

event_sessions as (

    select * from {{ ref('int_event_sessions') }}

),

count_events as (

    select
        known_customers.day,
        event_sessions.customer_id,
        sum(event_sessions.view_count) as views_last_28_days,
        sum(event_sessions.search_count) as searches_last_28_days,
        sum(event_sessions.dwell_seconds) as dwell_seconds_last_28_days,
        count(*) filter (where event_sessions.cart_add_count > 0) as carts_last_28_days,
        count(*) filter (
            where
            event_sessions.cart_add_count > event_sessions.cart_remove_count
            and (
                event_sessions.ordered_known_on is null
                or event_sessions.ordered_known_on >= known_customers.day
            )
        ) as abandoned_carts_last_28_days
    from event_sessions
    inner join known_customers
        on
            event_sessions.customer_id = known_customers.customer_id
            and {{ is_known("event_sessions", "known_customers") }}
            and {{ is_within("event_sessions.event_date", 28, "known_customers") }}
    group by known_customers.day, event_sessions.customer_id

)

select * from count_events
