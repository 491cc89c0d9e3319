with

campaigns as (

    select * from {{ ref('int_campaigns_as_of') }}

),

offers as (

    select * from {{ ref('int_offers_described') }}

),

offer_products as (

    select * from {{ ref('int_offers_products') }}

),

average_offers as (

    select
        day,
        campaign_id,
        {{ ratio("sum(cast(face_value as decimal(18, 4)))", "count(face_value)") }} as mean_face_value,
        sum(kindred_exposure_count) as kindred_exposure_count,
        sum(kindred_redemption_count) as kindred_redemption_count
    from offers
    group by day, campaign_id

),

count_products as (

    select
        day,
        campaign_id,
        count(distinct product_id) as scope_product_count
    from offer_products
    group by day, campaign_id

),

describe_campaigns as (

    select
        campaigns.*,
        average_offers.mean_face_value,
        average_offers.kindred_exposure_count,
        average_offers.kindred_redemption_count,
        count_products.scope_product_count
    from campaigns
    left join average_offers
        on campaigns.day = average_offers.day and campaigns.campaign_id = average_offers.campaign_id
    left join count_products
        on campaigns.day = count_products.day and campaigns.campaign_id = count_products.campaign_id

)

select * from describe_campaigns
