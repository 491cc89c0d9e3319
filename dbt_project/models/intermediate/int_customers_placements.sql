with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

placement_days as (

    select * from {{ ref('int_customer_placement_days') }}

),

sum_amounts as (

    select
        as_of_days.day,
        placement_days.customer_id,
        sum(placement_days.display_net_amount) as display_net_amount,
        sum(placement_days.mailer_net_amount) as mailer_net_amount
    from placement_days
    inner join as_of_days
        on
            {{ is_known("placement_days") }}
            and {{ is_within("placement_days.order_date", var("history_days")) }}
    group by as_of_days.day, placement_days.customer_id

)

select * from sum_amounts
