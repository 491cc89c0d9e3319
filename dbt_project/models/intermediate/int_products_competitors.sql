with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

competitor_prices as (

    select * from {{ ref('stg_shop__competitor_prices') }}

),

rank_prices as (

    select
        as_of_days.day,
        competitor_prices.product_id,
        competitor_prices.competitor,
        competitor_prices.price,
        row_number() over (
            partition by as_of_days.day, competitor_prices.product_id, competitor_prices.competitor
            order by competitor_prices.price_date desc
        ) as recency
    from competitor_prices
    inner join as_of_days
        on
            competitor_prices.day < as_of_days.day
            and competitor_prices.price_date < as_of_days.day
            and {{ is_within("competitor_prices.price_date", 28) }}
    where as_of_days.is_interaction_day

),

average_competitors as (

    select
        day,
        product_id,
        {{ ratio("sum(price)", "count(*)") }} as competitor_price
    from rank_prices
    where recency = 1
    group by day, product_id

)

select * from average_competitors
