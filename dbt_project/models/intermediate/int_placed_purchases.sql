with

purchases as (

    select * from {{ ref('int_purchases') }}

),

store_promotions as (

    select * from {{ ref('stg_shop__store_promotions') }}

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
        min(store_promotions.day) filter (where store_promotions.display_location is not null) as display_known_on,
        min(store_promotions.day) filter (where store_promotions.mailer_location is not null) as mailer_known_on
    from sold_products
    inner join store_promotions
        on
            sold_products.product_id = store_promotions.product_id
            and sold_products.store_id = store_promotions.store_id
            and sold_products.order_date between store_promotions.start_date and store_promotions.end_date
    group by sold_products.product_id, sold_products.store_id, sold_products.order_date

)

select * from find_placements
