with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

orders as (

    select * from {{ ref('stg_shop__orders') }}

),

store_promotions as (

    select * from {{ ref('stg_shop__store_promotions') }}

),

count_stores as (

    select
        as_of_days.day,
        count(distinct orders.store_id) as store_count
    from as_of_days
    inner join orders
        on
            orders.day < as_of_days.day
            and orders.order_date < as_of_days.day
            and {{ is_within("orders.order_date", 28) }}
    where as_of_days.is_interaction_day
    group by as_of_days.day

),

count_placements as (

    select
        as_of_days.day,
        store_promotions.product_id,
        {% for place in ["display", "mailer"] -%}
        count(distinct store_promotions.store_id) filter (
            where
            store_promotions.{{ place }}_location is not null
            and as_of_days.day between store_promotions.start_date and store_promotions.end_date
        ) as {{ place }}_stores,
        count(distinct store_promotions.store_id) filter (
            where
            store_promotions.{{ place }}_location is not null
            and store_promotions.end_date > as_of_days.day
        ) as {{ place }}_stores_next_7_days
        {{- "," if not loop.last }}
        {% endfor %}
    from store_promotions
    inner join as_of_days
        on
            store_promotions.day < as_of_days.day
            and store_promotions.start_date <= {{ days_after("as_of_days.day", 7) }}
            and store_promotions.end_date >= as_of_days.day
    where as_of_days.is_interaction_day
    group by as_of_days.day, store_promotions.product_id

),

measure_rates as (

    select
        count_placements.day,
        count_placements.product_id,
        {% for window in ["", "_next_7_days"] -%}
        {% for place in ["display", "mailer"] -%}
        {{ capped_ratio("count_placements." ~ place ~ "_stores" ~ window, "count_stores.store_count") }}
            as {{ place }}_rate{{ window }},
        {% endfor -%}
        {% endfor -%}
        count_stores.store_count
    from count_placements
    inner join count_stores on count_placements.day = count_stores.day

)

select * from measure_rates
