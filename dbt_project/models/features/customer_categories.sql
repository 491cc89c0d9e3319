with

known_customers as (

    select * from {{ ref('int_known_customers') }}

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

-- Everybody is asked about the same categories: a pool of what was bought before would grow with the history, and what
-- is true of its rows would change with it.
pairs as (

    select
        known_customers.day,
        known_customers.customer_id,
        categories.category,
        categories.buyer_rate_last_28_days,
        categories.buyer_rate_last_90_days,
        categories.popularity_rank
    from known_customers
    inner join categories on known_customers.day = categories.day
    where categories.popularity_rank <= {{ var("popular_categories") }}

),

measure_gaps as (

    select
        pairs.day,
        pairs.customer_id,
        pairs.category,
        pairs.buyer_rate_last_28_days,
        pairs.buyer_rate_last_90_days,
        pairs.popularity_rank,
        category_orders.orders_last_28_days,
        category_orders.units_last_28_days,
        category_orders.net_amount_last_28_days,
        category_orders.orders_last_90_days,
        category_orders.units_last_90_days,
        category_orders.net_amount_last_90_days,
        category_orders.orders_last_365_days,
        category_orders.units_last_365_days,
        category_orders.net_amount_last_365_days,
        category_orders.order_count,
        category_orders.net_amount,
        category_orders.discounted_net_amount,
        category_orders.coupon_net_amount,
        category_orders.first_order_date,
        category_orders.last_order_date,
        {{ ratio(
            days_between("category_orders.first_order_date", "category_orders.last_order_date"),
            "category_orders.order_count - 1"
        ) }} as mean_gap_days
    from pairs
    left join category_orders
        on
            pairs.day = category_orders.day
            and pairs.customer_id = category_orders.customer_id
            and pairs.category = category_orders.category

),

join_measures as (

    select
        measure_gaps.day,
        measure_gaps.customer_id,
        measure_gaps.category,
        cast(coalesce(measure_gaps.orders_last_28_days, 0) as bigint) as orders_last_28_days,
        cast(coalesce(measure_gaps.orders_last_90_days, 0) as bigint) as orders_last_90_days,
        cast(coalesce(measure_gaps.orders_last_365_days, 0) as bigint) as orders_last_365_days,
        cast(coalesce(measure_gaps.units_last_90_days, 0) as decimal(18, 4)) as units_last_90_days,
        cast(coalesce(measure_gaps.units_last_365_days, 0) as decimal(18, 4)) as units_last_365_days,
        cast(coalesce(measure_gaps.net_amount_last_28_days, 0) as decimal(18, 4)) as net_amount_last_28_days,
        cast(coalesce(measure_gaps.net_amount_last_90_days, 0) as decimal(18, 4)) as net_amount_last_90_days,
        cast(coalesce(measure_gaps.net_amount_last_365_days, 0) as decimal(18, 4)) as net_amount_last_365_days,
        cast({{ days_between("measure_gaps.last_order_date", "measure_gaps.day") }} as bigint) as days_since_last_order,
        measure_gaps.mean_gap_days,
        -- About 1 when the next purchase is due.
        {{ ratio(
            days_between("measure_gaps.last_order_date", "measure_gaps.day"), "measure_gaps.mean_gap_days"
        ) }} as gaps_since_last_order,
        {{ ratio(
            "coalesce(measure_gaps.net_amount_last_90_days, 0)", "customer_amounts.net_amount_last_90_days"
        ) }} as wallet_rate_last_90_days,
        {{ ratio(
            "coalesce(measure_gaps.net_amount_last_365_days, 0)", "customer_amounts.net_amount_last_365_days"
        ) }} as wallet_rate_last_365_days,
        {{ ratio("measure_gaps.discounted_net_amount", "measure_gaps.net_amount") }} as discount_share_rate,
        {{ ratio("measure_gaps.coupon_net_amount", "measure_gaps.net_amount") }} as coupon_share_rate,
        measure_gaps.buyer_rate_last_28_days,
        measure_gaps.buyer_rate_last_90_days,
        measure_gaps.popularity_rank
    from measure_gaps
    left join customer_amounts
        on
            measure_gaps.day = customer_amounts.day
            and measure_gaps.customer_id = customer_amounts.customer_id

)

select * from join_measures
