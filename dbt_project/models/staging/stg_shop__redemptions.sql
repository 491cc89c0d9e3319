with

versions as (

    select * from {{ ref('stg_shop__redemption_versions') }}

),

newest_rows as (

    select
        redemption_id,
        customer_id,
        offer_id,
        campaign_id,
        redemption_date,
        order_id,
        discount_amount,
        day
    from versions
    where superseded_on is null

)

select * from newest_rows
