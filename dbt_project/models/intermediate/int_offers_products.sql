with

offers as (

    select * from {{ ref('int_offers_as_of') }}

),

offer_products as (

    select * from {{ ref('stg_shop__offer_product_versions') }}

),

pick_known as (

    select distinct
        offers.day,
        offers.offer_id,
        offers.campaign_id,
        offer_products.product_id
    from offers
    inner join offer_products
        on
            offers.offer_id = offer_products.offer_id
            and offer_products.day < offers.day
            and (offer_products.superseded_on is null or offers.day <= offer_products.superseded_on)

)

select * from pick_known
