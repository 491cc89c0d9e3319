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
        offer_products.campaign_id,
        product_versions.category,
        count(*) as product_count
    from offer_products
    inner join product_versions
        on offer_products.product_id = product_versions.product_id
    where
        {{ is_known("product_versions", "offer_products") }}
        and product_versions.category is not null
    group by offer_products.day, offer_products.offer_id, offer_products.campaign_id, product_versions.category

)

select * from count_products
