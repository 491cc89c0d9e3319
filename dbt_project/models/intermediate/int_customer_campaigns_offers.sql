with

offers as (

    select * from {{ ref('int_offers_described') }}

),

scope_orders as (

    select * from {{ ref('int_customer_offers_orders') }}

),

scope_categories as (

    select * from {{ ref('int_customer_offers_categories') }}

),

kindred_redemptions as (

    select * from {{ ref('int_customer_offers_redemptions') }}

),

collect_matches as (

    select
        day,
        customer_id,
        offer_id,
        orders_last_90_days,
        orders_last_365_days,
        0 as category_orders_last_90_days,
        0 as kindred_redemption_count
    from scope_orders
    union all
    select
        day,
        customer_id,
        offer_id,
        0 as orders_last_90_days,
        0 as orders_last_365_days,
        coalesce(orders_last_90_days, 0) as category_orders_last_90_days,
        0 as kindred_redemption_count
    from scope_categories
    union all
    select
        day,
        customer_id,
        offer_id,
        0 as orders_last_90_days,
        0 as orders_last_365_days,
        0 as category_orders_last_90_days,
        redemption_count as kindred_redemption_count
    from kindred_redemptions

),

count_matches as (

    select
        collect_matches.day,
        collect_matches.customer_id,
        offers.campaign_id,
        count(*) filter (where collect_matches.orders_last_90_days > 0) as matched_offers_last_90_days,
        count(*) filter (where collect_matches.orders_last_365_days > 0) as matched_offers_last_365_days,
        count(*) filter (where collect_matches.category_orders_last_90_days > 0)
            as category_matched_offers_last_90_days,
        max(collect_matches.orders_last_90_days) as top_offer_orders_last_90_days,
        max(collect_matches.orders_last_365_days) as top_offer_orders_last_365_days,
        sum(collect_matches.kindred_redemption_count) as kindred_redemption_count,
        sum(cast(offers.face_value as decimal(18, 4))) filter (
            where collect_matches.orders_last_365_days > 0
        ) as matched_face_value,
        -- Decimals, because sums of doubles depend on the order of the rows.
        sum(cast(
            {{ ratio("offers.kindred_redemption_count", "offers.kindred_exposure_count") }} as decimal(18, 9)
        )) filter (
            where collect_matches.orders_last_365_days > 0
        ) as matched_redemption_rate
    from collect_matches
    inner join offers
        on
            collect_matches.day = offers.day
            and collect_matches.offer_id = offers.offer_id
    group by collect_matches.day, collect_matches.customer_id, offers.campaign_id

)

select * from count_matches
