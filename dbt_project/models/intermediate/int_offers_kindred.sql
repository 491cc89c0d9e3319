with

offer_products as (

    select * from {{ ref('int_offers_products') }}

),

all_offer_products as (

    select * from {{ ref('stg_shop__offer_product_versions') }}

),

count_own_products as (

    select
        day,
        offer_id,
        count(*) as product_count
    from offer_products
    group by day, offer_id

),

count_shared_products as (

    select
        offer_products.day,
        offer_products.offer_id,
        all_offer_products.offer_id as kindred_offer_id,
        count(distinct offer_products.product_id) as product_count
    from offer_products
    inner join all_offer_products
        on
            offer_products.product_id = all_offer_products.product_id
            and all_offer_products.day < offer_products.day
            and (
                all_offer_products.superseded_on is null
                or offer_products.day <= all_offer_products.superseded_on
            )
    group by offer_products.day, offer_products.offer_id, all_offer_products.offer_id

),

-- Kindred offers cover at least half of the products: the same coupon in an earlier campaign, mostly.
keep_kindred as (

    select
        count_shared_products.day,
        count_shared_products.offer_id,
        count_shared_products.kindred_offer_id
    from count_shared_products
    inner join count_own_products
        on
            count_shared_products.day = count_own_products.day
            and count_shared_products.offer_id = count_own_products.offer_id
    where 2 * count_shared_products.product_count >= count_own_products.product_count

)

select * from keep_kindred
