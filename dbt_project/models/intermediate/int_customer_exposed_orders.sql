with

promotion_days as (

    select * from {{ ref('int_customer_promotion_days') }}

),

order_days as (

    select * from {{ ref('int_customer_order_days') }}

),

exposure_days as (

    select
        customer_id,
        contact_date,
        min(known_on) as known_on
    from promotion_days
    where exposure_count > 0
    group by customer_id, contact_date

),

collect_weeks as (

    select
        customer_id,
        contact_date,
        known_on,
        cast(null as date) as superseded_on,
        1 as week_count,
        0 as order_count
    from exposure_days
    union all
    select
        exposure_days.customer_id,
        exposure_days.contact_date,
        greatest(exposure_days.known_on, order_days.known_on) as known_on,
        order_days.superseded_on,
        0 as week_count,
        order_days.order_count
    from exposure_days
    inner join order_days
        on
            exposure_days.customer_id = order_days.customer_id
            and order_days.order_date >= exposure_days.contact_date
            and order_days.order_date < {{ days_after("exposure_days.contact_date", 7) }}

)

select * from collect_weeks
where superseded_on is null or known_on < superseded_on
