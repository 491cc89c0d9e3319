with

customers as (

    select * from {{ ref('customers') }}

),

customer_categories as (

    select * from {{ ref('customer_categories') }}

),

products as (

    select * from {{ ref('products') }}

),

decisions as (

    select * from {{ source('ml', 'decisions') }}

),

channel_responses as (

    select * from {{ source('ml', 'channel_responses') }}

),

churn_risks as (

    select * from {{ source('ml', 'churn_risks') }}

),

life_cycles as (

    select * from {{ source('ml', 'life_cycles') }}

),

customer_segments as (

    select * from {{ source('ml', 'customer_segments') }}

),

customer_tiers as (

    select * from {{ source('ml', 'customer_tiers') }}

),

customer_values as (

    select * from {{ source('ml', 'customer_values') }}

),

member_tiers as (

    select * from {{ ref('stg_shop__member_tiers') }}

),

reach_tiers as (

    select
        customers.customer_id,
        max_by(member_tiers.tier, member_tiers.minimum_amount) as tier
    from customers
    inner join member_tiers on coalesce(customers.net_amount_last_365_days, 0) >= member_tiers.minimum_amount
    where customers.day = {{ run_day() }}
    group by customers.customer_id

),

-- Fuel and lines of the till that are no goods say nothing about taste.
find_goods as (

    select distinct category
    from products
    where
        day = {{ run_day() }}
        and department not in {{ listed(var("excluded_departments")) }}
        and category not in {{ listed(var("excluded_categories")) }}

),

rank_categories as (

    select
        customer_categories.customer_id,
        customer_categories.category,
        row_number() over (
            partition by customer_categories.customer_id
            order by
                customer_categories.net_amount_last_365_days desc,
                customer_categories.orders_last_365_days desc,
                customer_categories.category
        ) as preference
    from customer_categories
    inner join find_goods on customer_categories.category = find_goods.category
    where
        customer_categories.day = {{ run_day() }}
        and customer_categories.orders_last_365_days > 0

),

list_categories as (

    select
        customer_id,
        max(category) filter (where preference = 1) as category_1,
        max(category) filter (where preference = 2) as category_2,
        max(category) filter (where preference = 3) as category_3
    from rank_categories
    where preference <= 3
    group by customer_id

),

name_stages as (

    select
        customers.*,
        case
            when customers.days_since_last_order > {{ var("lapsed_after_days") }} then 'lapsed'
            when customers.tenure_days is null or customers.tenure_days <= {{ var("new_customer_days") }} then 'new'
            else 'active'
        end as life_cycle_stage,
        case
            when exists (select member_tiers.tier from member_tiers) then reach_tiers.tier
            when customers.net_amount_last_365_days >= {{ var("gold_tier_amount") }} then 'gold'
            when customers.net_amount_last_365_days >= {{ var("silver_tier_amount") }} then 'silver'
            else 'bronze'
        end as tier
    from customers
    left join reach_tiers on customers.customer_id = reach_tiers.customer_id
    where customers.day = {{ run_day() }}

),

-- Within a stage, so that an active customer is compared with active customers only.
rank_customers as (

    select
        *,
        percent_rank() over (
            partition by life_cycle_stage order by orders_last_365_days
        ) >= 0.5 as is_frequent,
        percent_rank() over (
            partition by life_cycle_stage order by net_amount_last_365_days
        ) >= 0.5 as is_valuable
    from name_stages

),

describe_customers as (

    select
        rank_customers.day,
        rank_customers.customer_id,
        rank_customers.days_since_last_order as recency_days,
        rank_customers.orders_last_365_days as frequency,
        rank_customers.net_amount_last_365_days as monetary_value,
        rank_customers.mean_basket_amount,
        case
            when customer_segments.segment is not null then customer_segments.segment
            when rank_customers.orders_last_365_days = 0 then 'no orders'
            when rank_customers.life_cycle_stage <> 'active' then rank_customers.life_cycle_stage
            when rank_customers.is_frequent and rank_customers.is_valuable then 'best'
            when rank_customers.is_frequent then 'frequent, small baskets'
            when rank_customers.is_valuable then 'seldom, large baskets'
            else 'occasional'
        end as segment,
        customer_segments.recency_score,
        customer_segments.frequency_score,
        customer_segments.monetary_score,
        rank_customers.tier,
        customer_tiers.next_tier,
        customer_tiers.amount_to_next_tier,
        customer_tiers.next_tier_by,
        customer_tiers.tier_kept_until,
        rank_customers.life_cycle_stage,
        rank_customers.age_band,
        rank_customers.region,
        customer_values.horizon_days as value_horizon_days,
        customer_values.expected_orders,
        customer_values.expected_spend,
        customer_values.expected_spend_low,
        customer_values.expected_spend_high,
        customer_values.expected_margin,
        customer_values.alive_probability,
        life_cycles.next_stage,
        life_cycles.lapsed_probability,
        churn_risks.churn_risk,
        churn_risks.horizon_days as churn_horizon_days,
        churn_risks.next_order_days,
        churn_risks.next_order_days_low,
        churn_risks.next_order_days_high,
        rank_customers.discount_share_rate as price_sensitivity,
        rank_customers.coupon_share_rate,
        list_categories.category_1
        || coalesce('; ' || list_categories.category_2, '')
        || coalesce('; ' || list_categories.category_3, '') as preferred_categories,
        rank_customers.preferred_channel,
        rank_customers.preferred_store_id,
        rank_customers.preferred_weekday,
        {{ local_hour("rank_customers.day", "rank_customers.preferred_hour") }} as preferred_hour,
        channel_responses.best_channel,
        channel_responses.best_channel_rate,
        channel_responses.best_hour,
        channel_responses.best_hour_rate,
        decisions.run_id
    from rank_customers
    inner join decisions
        on
            rank_customers.day = decisions.day
            and rank_customers.customer_id = decisions.customer_id
    left join list_categories on rank_customers.customer_id = list_categories.customer_id
    left join channel_responses
        on
            rank_customers.day = channel_responses.day
            and rank_customers.customer_id = channel_responses.customer_id
    left join churn_risks
        on
            rank_customers.day = churn_risks.day
            and rank_customers.customer_id = churn_risks.customer_id
    left join life_cycles
        on
            rank_customers.day = life_cycles.day
            and rank_customers.customer_id = life_cycles.customer_id
    left join customer_segments
        on
            rank_customers.day = customer_segments.day
            and rank_customers.customer_id = customer_segments.customer_id
    left join customer_tiers
        on
            rank_customers.day = customer_tiers.day
            and rank_customers.customer_id = customer_tiers.customer_id
    left join customer_values
        on
            rank_customers.day = customer_values.day
            and rank_customers.customer_id = customer_values.customer_id

)

select * from describe_customers
