with

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

order_days as (

    select * from {{ ref('int_customer_order_days') }}

),

distinct_days as (

    select distinct
        known_customers.day,
        order_days.customer_id,
        order_days.order_date
    from order_days
    inner join known_customers
        on
            order_days.customer_id = known_customers.customer_id
            and {{ is_known("order_days", "known_customers") }}
            and {{ is_within("order_days.order_date", var("history_days"), "known_customers") }}

),

measure_gaps as (

    select
        day,
        customer_id,
        {{ days_between(
            "lag(order_date) over (partition by day, customer_id order by order_date)",
            "order_date"
        ) }} as gap_days
    from distinct_days

),

sum_gaps as (

    select
        day,
        customer_id,
        count(gap_days) as gap_count,
        sum(gap_days) as gap_sum,
        sum(gap_days * gap_days) as squared_gap_sum
    from measure_gaps
    group by day, customer_id

),

describe_gaps as (

    select
        day,
        customer_id,
        {{ ratio("gap_sum", "gap_count") }} as mean_gap_days,
        case
            when gap_count > 1
                then
                    sqrt(cast(gap_count * squared_gap_sum - gap_sum * gap_sum as double))
                    / nullif(cast(gap_sum as double), 0)
        end as gap_regularity
    from sum_gaps

)

select * from describe_gaps
