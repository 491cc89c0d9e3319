with

candidates as (

    select * from {{ ref('int_candidate_categories') }}

),

categories as (

    select * from {{ ref('int_categories_popularity') }}

),

category_orders as (

    select * from {{ ref('int_customer_categories_orders') }}

),

customer_amounts as (

    select * from {{ ref('int_customers_amounts') }}

),

measure_gaps as (

    select
        *,
        {{ ratio(days_between("first_order_date", "last_order_date"), "order_day_count - 1") }} as mean_gap_days
    from category_orders

),

join_measures as (

    select
        candidates.day,
        candidates.customer_id,
        candidates.category,
        cast(coalesce(measure_gaps.orders_last_28_days, 0) as bigint) as orders_last_28_days,
        cast(coalesce(measure_gaps.orders_last_90_days, 0) as bigint) as orders_last_90_days,
        cast(coalesce(measure_gaps.orders_last_365_days, 0) as bigint) as orders_last_365_days,
        cast(coalesce(measure_gaps.units_last_90_days, 0) as decimal(18, 4)) as units_last_90_days,
        cast(coalesce(measure_gaps.units_last_365_days, 0) as decimal(18, 4)) as units_last_365_days,
        cast(coalesce(measure_gaps.net_amount_last_28_days, 0) as decimal(18, 4)) as net_amount_last_28_days,
        cast(coalesce(measure_gaps.net_amount_last_90_days, 0) as decimal(18, 4)) as net_amount_last_90_days,
        cast(coalesce(measure_gaps.net_amount_last_365_days, 0) as decimal(18, 4)) as net_amount_last_365_days,
        cast({{ days_between("measure_gaps.last_order_date", "candidates.day") }} as bigint) as days_since_last_order,
        measure_gaps.mean_gap_days,
        -- About 1 when the next purchase is due.
        {{ ratio(
            days_between("measure_gaps.last_order_date", "candidates.day"), "measure_gaps.mean_gap_days"
        ) }} as gaps_since_last_order,
        {{ ratio(
            "coalesce(measure_gaps.net_amount_last_90_days, 0)", "customer_amounts.net_amount_last_90_days"
        ) }} as wallet_rate_last_90_days,
        {{ ratio(
            "coalesce(measure_gaps.net_amount_last_365_days, 0)", "customer_amounts.net_amount_last_365_days"
        ) }} as wallet_rate_last_365_days,
        {{ ratio("measure_gaps.discounted_net_amount", "measure_gaps.net_amount") }} as discount_share_rate,
        {{ ratio("measure_gaps.coupon_net_amount", "measure_gaps.net_amount") }} as coupon_share_rate,
        categories.buyer_rate_last_28_days,
        categories.buyer_rate_last_90_days,
        categories.popularity_rank
    from candidates
    inner join categories
        on
            candidates.day = categories.day
            and candidates.category = categories.category
    left join measure_gaps
        on
            candidates.day = measure_gaps.day
            and candidates.customer_id = measure_gaps.customer_id
            and candidates.category = measure_gaps.category
    left join customer_amounts
        on
            candidates.day = customer_amounts.day
            and candidates.customer_id = customer_amounts.customer_id

)

select * from join_measures
