with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

event_sessions as (

    select * from {{ ref('int_event_sessions') }}

),

count_events as (

    select
        as_of_days.day,
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
                or event_sessions.ordered_known_on >= as_of_days.day
            )
        ) as abandoned_carts_last_28_days
    from event_sessions
    inner join as_of_days
        on
            {{ is_known("event_sessions") }}
            and {{ is_within("event_sessions.event_date", 28) }}
    group by as_of_days.day, event_sessions.customer_id

)

select * from count_events
