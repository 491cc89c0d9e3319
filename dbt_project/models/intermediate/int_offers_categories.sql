with

offer_products as (

    select * from {{ ref('int_offers_products') }}

),

product_versions as (

    select * from {{ ref('int_product_versions') }}

),

count_products as (

    select
        offer_products.day,
        offer_products.offer_id,
        product_versions.category,
        count(*) as product_count
    from offer_products
    inner join product_versions on offer_products.product_id = product_versions.product_id
    where
        {{ is_known("product_versions", "offer_products") }}
        and product_versions.category is not null
    group by offer_products.day, offer_products.offer_id, product_versions.category

),

rank_categories as (

    select
        day,
        offer_id,
        category,
        count(*) over (partition by day, offer_id) as category_count,
        row_number() over (partition by day, offer_id order by product_count desc, category) as rank
    from count_products

),

pick_main_categories as (

    select
        day,
        offer_id,
        category,
        category_count
    from rank_categories
    where rank = 1

)

select * from pick_main_categories
