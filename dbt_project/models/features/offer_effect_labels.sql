with

candidates as (

    select * from {{ ref('int_candidate_offers') }}

),

lots as (

    select * from {{ ref('int_lots') }}

),

margin_days as (

    select * from {{ ref('int_customer_margin_days') }}

),

redemption_costs as (

    select * from {{ ref('int_redemption_costs') }}

),

closed_lots as (

    select
        lots.exposure_date as day,
        lots.customer_id,
        lots.offer_id,
        lots.arm,
        lots.is_shown,
        lots.shown_probability,
        lots.offer_count,
        {{ days_after("lots.exposure_date", var("redemption_horizon_days")) }} as label_closed_on,
        {{ days_after("lots.exposure_date", var("redemption_horizon_days") + var("followup_horizon_days")) }}
            as followup_closed_on
    from lots
    inner join candidates
        on
            lots.exposure_date = candidates.day
            and lots.customer_id = candidates.customer_id
            and lots.offer_id = candidates.offer_id
    where {{ days_after("lots.exposure_date", var("redemption_horizon_days")) }} <= {{ run_day() }}

),

drawn_customers as (

    select distinct
        day,
        customer_id,
        label_closed_on,
        followup_closed_on
    from closed_lots

),

-- Decimals, because sums of doubles depend on the order of the rows.
sum_orders as (

    select
        drawn_customers.day,
        drawn_customers.customer_id,
        sum(margin_days.order_count) filter (where margin_days.order_date < drawn_customers.label_closed_on) as orders,
        sum(cast(margin_days.net_amount as decimal(18, 6))) filter (
            where margin_days.order_date < drawn_customers.label_closed_on
        ) as net_amount,
        sum(cast(margin_days.margin as decimal(18, 6))) filter (
            where margin_days.order_date < drawn_customers.label_closed_on
        ) as margin,
        sum(cast(margin_days.margin as decimal(18, 6))) filter (
            where margin_days.order_date >= drawn_customers.label_closed_on
        ) as followup_margin
    from drawn_customers
    inner join margin_days
        on
            drawn_customers.customer_id = margin_days.customer_id
            and margin_days.order_date >= drawn_customers.day
            and margin_days.order_date < drawn_customers.followup_closed_on
    group by drawn_customers.day, drawn_customers.customer_id

),

sum_costs as (

    select
        closed_lots.day,
        closed_lots.customer_id,
        closed_lots.offer_id,
        sum(cast(redemption_costs.discount_cost as decimal(18, 6))) as discount_cost,
        sum(
            cast(redemption_costs.discount_cost * coalesce(margin_days.price_margin_rate, 1) as decimal(18, 6))
        ) filter (where redemption_costs.lowers_price) as margin_taken_off
    from closed_lots
    inner join redemption_costs
        on
            closed_lots.customer_id = redemption_costs.customer_id
            and closed_lots.offer_id = redemption_costs.offer_id
            and redemption_costs.redemption_date >= closed_lots.day
            and redemption_costs.redemption_date < closed_lots.label_closed_on
    left join margin_days
        on
            redemption_costs.customer_id = margin_days.customer_id
            and redemption_costs.redemption_date = margin_days.order_date
    group by closed_lots.day, closed_lots.customer_id, closed_lots.offer_id

),

label_lots as (

    select
        closed_lots.day,
        closed_lots.customer_id,
        closed_lots.offer_id,
        closed_lots.arm,
        closed_lots.is_shown,
        closed_lots.shown_probability,
        closed_lots.offer_count,
        cast(coalesce(sum_orders.orders, 0) as bigint) as orders,
        cast(coalesce(sum_orders.net_amount, 0) as double) as net_amount,
        cast(coalesce(sum_orders.margin, 0) + coalesce(sum_costs.margin_taken_off, 0) as double) as margin,
        cast(coalesce(sum_costs.discount_cost, 0) as double) as discount_cost,
        case
            when closed_lots.followup_closed_on <= {{ run_day() }}
                then cast(coalesce(sum_orders.followup_margin, 0) as double)
        end as followup_margin,
        closed_lots.label_closed_on,
        closed_lots.followup_closed_on
    from closed_lots
    left join sum_orders
        on
            closed_lots.day = sum_orders.day
            and closed_lots.customer_id = sum_orders.customer_id
    left join sum_costs
        on
            closed_lots.day = sum_costs.day
            and closed_lots.customer_id = sum_costs.customer_id
            and closed_lots.offer_id = sum_costs.offer_id

)

select * from label_lots
