with

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

returns as (

    select * from {{ ref('int_returns') }}

),

sum_windows as (

    select
        known_customers.day,
        returns.customer_id,
        {% for days in purchase_windows() -%}
        sum(returns.refund_amount) filter (
            where {{ is_within("returns.refunded_date", days, "known_customers") }}
        ) as refund_amount_last_{{ days }}_days,
        {% endfor -%}
        sum(returns.refund_amount) filter (
            where
            {{ is_within("returns.refunded_date", 56, "known_customers") }}
            and not {{ is_within("returns.refunded_date", 28, "known_customers") }}
        ) as refund_amount_previous_28_days,
        count(*) filter (
            where {{ is_within("returns.return_date", 365, "known_customers") }}
        ) as returns_last_365_days
    from returns
    inner join known_customers
        on
            returns.customer_id = known_customers.customer_id
            and {{ is_known("returns", "known_customers") }}
    group by known_customers.day, returns.customer_id

)

select * from sum_windows
