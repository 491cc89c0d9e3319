with

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

placement_days as (

    select * from {{ ref('int_customer_placement_days') }}

),

sum_amounts as (

    select
        known_customers.day,
        placement_days.customer_id,
        sum(placement_days.display_net_amount) as display_net_amount,
        sum(placement_days.mailer_net_amount) as mailer_net_amount
    from placement_days
    inner join known_customers
        on
            placement_days.customer_id = known_customers.customer_id
            and {{ is_known("placement_days", "known_customers") }}
            and {{ is_within("placement_days.order_date", var("history_days"), "known_customers") }}
    group by known_customers.day, placement_days.customer_id

)

select * from sum_amounts
