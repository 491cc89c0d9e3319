with

purchases as (

    select * from {{ ref('int_purchases') }}

),

store_promotions as (

    select * from {{ ref('stg_shop__store_promotion_versions') }}

),

sold_products as (

    select distinct
        product_id,
        store_id,
        order_date
    from purchases

),

find_placements as (

    select
        sold_products.product_id,
        sold_products.store_id,
        sold_products.order_date,
        store_promotions.day,
        store_promotions.superseded_on,
        store_promotions.superseded_on is null as is_standing,
        store_promotions.display_location is not null as is_display,
        store_promotions.mailer_location is not null as is_mailer
    from sold_products
    inner join store_promotions
        on
            sold_products.product_id = store_promotions.product_id
            and sold_products.store_id = store_promotions.store_id
            and sold_products.order_date between store_promotions.start_date and store_promotions.end_date

),

-- Known from the first placement to the end of the last one; without an end as long as one of them holds.
merge_spans as (

    select
        product_id,
        store_id,
        order_date,
        min(day) filter (where is_display) as display_known_on,
        case
            when not bool_or(is_standing) filter (where is_display) then max(superseded_on) filter (where is_display)
        end as display_superseded_on,
        min(day) filter (where is_mailer) as mailer_known_on,
        case
            when not bool_or(is_standing) filter (where is_mailer) then max(superseded_on) filter (where is_mailer)
        end as mailer_superseded_on
    from find_placements
    group by product_id, store_id, order_date

)

select * from merge_spans
