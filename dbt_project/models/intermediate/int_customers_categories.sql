with

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

brand_days as (

    select * from {{ ref('int_customer_brand_days') }}

),

sum_brands as (

    select
        known_customers.day,
        known_customers.customer_id,
        brand_days.category,
        brand_days.brand_key,
        sum(brand_days.net_amount) as net_amount
    from brand_days
    inner join known_customers
        on
            brand_days.customer_id = known_customers.customer_id
            and {{ is_known("brand_days", "known_customers") }}
            and {{ is_within("brand_days.order_date", 90, "known_customers") }}
    group by known_customers.day, known_customers.customer_id, brand_days.category, brand_days.brand_key

),

sum_categories as (

    select
        day,
        customer_id,
        category,
        sum(net_amount) as net_amount,
        max(net_amount) as top_brand_net_amount
    from sum_brands
    group by day, customer_id, category

),

measure_shares as (

    select
        *,
        {{ ratio("net_amount", "sum(net_amount) over (partition by day, customer_id)") }} as wallet_rate,
        row_number() over (partition by day, customer_id order by net_amount desc, category) as preference
    from sum_categories

),

describe_categories as (

    select
        day,
        customer_id,
        count(*) as category_count_last_90_days,
        -- Decimals, because sums of doubles depend on the order of the rows.
        sum(cast(-wallet_rate * ln(nullif(wallet_rate, 0)) as decimal(18, 9))) as category_diversity,
        {{ ratio("sum(top_brand_net_amount)", "sum(net_amount)") }} as brand_loyalty_rate,
        max(category) filter (where preference = 1) as top_category,
        max(wallet_rate) as top_category_rate
    from measure_shares
    group by day, customer_id

)

select * from describe_categories
