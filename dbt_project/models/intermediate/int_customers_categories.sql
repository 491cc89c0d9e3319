with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

brand_days as (

    select * from {{ ref('int_customer_brand_days') }}

),

brand_keys as (

    select distinct
        brand_key,
        customer_id,
        category
    from brand_days

),

sum_brands as (

    select
        as_of_days.day,
        brand_days.brand_key,
        sum(brand_days.net_amount) as net_amount
    from brand_days
    inner join as_of_days
        on
            {{ is_known("brand_days") }}
            and {{ is_within("brand_days.order_date", 90) }}
    group by as_of_days.day, brand_days.brand_key

),

sum_categories as (

    select
        sum_brands.day,
        brand_keys.customer_id,
        brand_keys.category,
        sum(sum_brands.net_amount) as net_amount,
        max(sum_brands.net_amount) as top_brand_net_amount
    from sum_brands
    inner join brand_keys on sum_brands.brand_key = brand_keys.brand_key
    group by sum_brands.day, brand_keys.customer_id, brand_keys.category

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
