with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

orders as (

    select * from {{ ref('stg_shop__order_versions') }}

),

store_promotions as (

    select * from {{ ref('stg_shop__store_promotion_versions') }}

),

count_stores as (

    select
        as_of_days.day,
        count(distinct orders.store_id) as store_count
    from as_of_days
    inner join orders
        on
            orders.day < as_of_days.day
            and (orders.superseded_on is null or as_of_days.day <= orders.superseded_on)
            and orders.order_date < as_of_days.day
            and {{ is_within("orders.order_date", 28) }}
    where as_of_days.is_interaction_day
    group by as_of_days.day

),

count_placements as (

    select
        as_of_days.day,
        store_promotions.product_id,
        count(distinct store_promotions.store_id) filter (
            where
            store_promotions.display_location is not null
            and as_of_days.day between store_promotions.start_date and store_promotions.end_date
        ) as display_stores,
        count(distinct store_promotions.store_id) filter (
            where
            store_promotions.display_location is not null
            and store_promotions.end_date > as_of_days.day
        ) as display_stores_next_7_days,
        count(distinct store_promotions.store_id) filter (
            where
            store_promotions.mailer_location is not null
            and as_of_days.day between store_promotions.start_date and store_promotions.end_date
        ) as mailer_stores,
        count(distinct store_promotions.store_id) filter (
            where
            store_promotions.mailer_location is not null
            and store_promotions.end_date > as_of_days.day
        ) as mailer_stores_next_7_days
    from store_promotions
    inner join as_of_days
        on
            store_promotions.day < as_of_days.day
            and (store_promotions.superseded_on is null or as_of_days.day <= store_promotions.superseded_on)
            and store_promotions.start_date <= {{ days_after("as_of_days.day", 7) }}
            and store_promotions.end_date >= as_of_days.day
    where as_of_days.is_interaction_day
    group by as_of_days.day, store_promotions.product_id

),

measure_rates as (

    select
        count_placements.day,
        count_placements.product_id,
        {{ capped_ratio("count_placements.display_stores", "count_stores.store_count") }}
            as display_rate,
        {{ capped_ratio("count_placements.mailer_stores", "count_stores.store_count") }}
            as mailer_rate,
        {{ capped_ratio("count_placements.display_stores_next_7_days", "count_stores.store_count") }}
            as display_rate_next_7_days,
        {{ capped_ratio("count_placements.mailer_stores_next_7_days", "count_stores.store_count") }}
            as mailer_rate_next_7_days,
        count_stores.store_count
    from count_placements
    inner join count_stores on count_placements.day = count_stores.day

)

select * from measure_rates
