with

known_products as (

    select * from {{ ref('int_known_products') }}

),

product_orders as (

    select * from {{ ref('int_products_orders') }}

),

measure_prices as (

    select
        known_products.day,
        known_products.product_id,
        known_products.category,
        -- What was paid per unit lately; where nothing was sold lately, over the year.
        coalesce(
            {{ ratio("product_orders.net_amount_last_28_days", "product_orders.units_last_28_days") }},
            {{ ratio("product_orders.net_amount_last_365_days", "product_orders.units_last_365_days") }}
        ) as price,
        coalesce(
            cast(known_products.list_price as double),
            {{ ratio(
                "product_orders.net_amount_last_365_days + product_orders.discount_amount_last_365_days",
                "product_orders.units_last_365_days"
            ) }}
        ) as regular_price,
        {{ ratio(
            "product_orders.discount_amount_last_28_days",
            "product_orders.net_amount_last_28_days + product_orders.discount_amount_last_28_days"
        ) }} as depth_rate
    from known_products
    left join product_orders
        on
            known_products.day = product_orders.day
            and known_products.product_id = product_orders.product_id

),

average_categories as (

    select
        day,
        category,
        {{ ratio("sum(cast(price as decimal(18, 4)))", "count(price)") }} as category_price
    from measure_prices
    group by day, category

),

compare_prices as (

    select
        measure_prices.day,
        measure_prices.product_id,
        measure_prices.price,
        measure_prices.regular_price,
        measure_prices.depth_rate,
        {{ ratio("measure_prices.price", "average_categories.category_price") }} as price_index
    from measure_prices
    left join average_categories
        on
            measure_prices.day = average_categories.day
            and measure_prices.category = average_categories.category

)

select * from compare_prices
