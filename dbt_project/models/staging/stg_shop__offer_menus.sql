with

versions as (

    select * from {{ ref('stg_shop__offer_menu_versions') }}

),

newest_rows as (

    select
        offer_id,
        min_basket,
        discount_value,
        day
    from versions
    where
        superseded_on is null
        and offer_id in (select offers.offer_id from {{ ref('stg_shop__offers') }} as offers)

)

select * from newest_rows
