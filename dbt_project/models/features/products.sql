with

known_products as (

    select * from {{ ref('int_known_products') }}

),

source_coverage as (

    select * from {{ ref('int_source_coverage') }}

),

orders as (

    select * from {{ ref('int_products_orders') }}

),

buyers as (

    select * from {{ ref('int_products_buyers') }}

),

prices as (

    select * from {{ ref('int_products_prices') }}

),

placements as (

    select * from {{ ref('int_products_placements') }}

),

stock as (

    select * from {{ ref('int_products_stock') }}

),

competitors as (

    select * from {{ ref('int_products_competitors') }}

),

ratings as (

    select * from {{ ref('int_products_ratings') }}

),

join_measures as (

    select
        known_products.day,
        known_products.product_id,
        known_products.department,
        known_products.category,
        known_products.brand,
        known_products.brand_type,
        prices.price,
        prices.regular_price,
        prices.price_index,
        prices.depth_rate as depth,
        {{ ratio("prices.price", "competitors.competitor_price") }} as competitor_price_index,
        cast(coalesce(orders.orders_last_7_days, 0) as bigint) as orders_last_7_days,
        cast(coalesce(orders.orders_last_28_days, 0) as bigint) as orders_last_28_days,
        cast(coalesce(orders.orders_last_90_days, 0) as bigint) as orders_last_90_days,
        cast(coalesce(orders.orders_last_365_days, 0) as bigint) as orders_last_365_days,
        cast(coalesce(orders.units_last_7_days, 0) as decimal(18, 4)) as units_last_7_days,
        cast(coalesce(orders.units_last_28_days, 0) as decimal(18, 4)) as units_last_28_days,
        cast(coalesce(orders.units_last_90_days, 0) as decimal(18, 4)) as units_last_90_days,
        cast(coalesce(orders.units_last_365_days, 0) as decimal(18, 4)) as units_last_365_days,
        cast(coalesce(orders.net_amount_last_28_days, 0) as decimal(18, 4)) as net_amount_last_28_days,
        cast(coalesce(orders.net_amount_last_365_days, 0) as decimal(18, 4)) as net_amount_last_365_days,
        cast(coalesce(buyers.buyers_last_90_days, 0) as bigint) as buyers_last_90_days,
        row_number() over (
            partition by known_products.day
            order by
                coalesce(buyers.buyers_last_90_days, 0) desc,
                coalesce(orders.orders_last_90_days, 0) desc,
                known_products.product_id
        ) as popularity_rank,
        {{ trend("orders.units_last_28_days", "orders.units_previous_28_days") }} as trend,
        cast({{ days_between("orders.last_order_date", "known_products.day") }} as bigint) as days_since_last_order,
        case
            when source_coverage.has_placements then coalesce(placements.display_rate, 0)
        end as display_rate,
        case
            when source_coverage.has_placements then coalesce(placements.mailer_rate, 0)
        end as mailer_rate,
        case
            when source_coverage.has_placements then coalesce(placements.display_rate_next_7_days, 0)
        end as display_rate_next_7_days,
        case
            when source_coverage.has_placements then coalesce(placements.mailer_rate_next_7_days, 0)
        end as mailer_rate_next_7_days,
        ratings.mean_rating,
        stock.units_on_hand,
        case
            when {{ ratio("known_products.unit_cost", "prices.price") }} is null
                then {{ assumed_margin_rate("known_products.department") }}
            -- Sold below cost counts as no margin.
            else greatest(1 - {{ ratio("known_products.unit_cost", "prices.price") }}, 0)
        end as margin_rate,
        {{ ratio("known_products.unit_cost", "prices.price") }} is null as margin_rate_is_assumed
    from known_products
    inner join source_coverage on known_products.day = source_coverage.day
    left join orders
        on
            known_products.day = orders.day
            and known_products.product_id = orders.product_id
    left join buyers
        on
            known_products.day = buyers.day
            and known_products.product_id = buyers.product_id
    left join prices
        on
            known_products.day = prices.day
            and known_products.product_id = prices.product_id
    left join placements
        on
            known_products.day = placements.day
            and known_products.product_id = placements.product_id
    left join stock
        on
            known_products.day = stock.day
            and known_products.product_id = stock.product_id
    left join competitors
        on
            known_products.day = competitors.day
            and known_products.product_id = competitors.product_id
    left join ratings
        on
            known_products.day = ratings.day
            and known_products.product_id = ratings.product_id

)

select * from join_measures
