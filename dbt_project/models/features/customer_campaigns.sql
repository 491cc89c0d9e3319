with

candidates as (

    select * from {{ ref('int_candidate_campaigns') }}

),

campaigns as (

    select * from {{ ref('int_campaigns_described') }}

),

scope_orders as (

    select * from {{ ref('int_customer_campaigns_orders') }}

),

offer_matches as (

    select * from {{ ref('int_customer_campaigns_offers') }}

),

type_history as (

    select * from {{ ref('int_customer_campaigns_types') }}

),

contacts as (

    select * from {{ ref('int_customers_campaigns') }}

),

customer_amounts as (

    select * from {{ ref('int_customers_amounts') }}

),

join_measures as (

    select
        candidates.day,
        candidates.customer_id,
        candidates.campaign_id,
        campaigns.campaign_type,
        cast({{ days_between("campaigns.start_date", "campaigns.end_date") }} + 1 as bigint) as duration_days,
        cast({{ days_between("candidates.day", "campaigns.end_date") }} + 1 as bigint) as days_left,
        cast(coalesce(campaigns.offer_count, 0) as bigint) as offer_count,
        campaigns.scope_product_count,
        campaigns.mean_face_value,
        {{ capped_ratio("campaigns.kindred_redemption_count", "campaigns.kindred_exposure_count") }}
            as kindred_redemption_rate,
        cast(coalesce(scope_orders.orders_last_28_days, 0) as bigint) as scope_orders_last_28_days,
        cast(coalesce(scope_orders.orders_last_90_days, 0) as bigint) as scope_orders_last_90_days,
        cast(coalesce(scope_orders.orders_last_365_days, 0) as bigint) as scope_orders_last_365_days,
        cast(coalesce(scope_orders.net_amount_last_28_days, 0) as decimal(18, 4)) as scope_net_amount_last_28_days,
        cast(coalesce(scope_orders.net_amount_last_90_days, 0) as decimal(18, 4)) as scope_net_amount_last_90_days,
        cast(coalesce(scope_orders.net_amount_last_365_days, 0) as decimal(18, 4)) as scope_net_amount_last_365_days,
        cast(coalesce(scope_orders.coupon_orders_last_365_days, 0) as bigint) as scope_coupon_orders_last_365_days,
        cast({{ days_between("scope_orders.last_order_date", "candidates.day") }} as bigint)
            as days_since_last_scope_order,
        {{ ratio("scope_orders.net_amount", "scope_orders.order_count") }} as mean_scope_amount,
        {{ ratio(
            "coalesce(scope_orders.net_amount_last_90_days, 0)", "customer_amounts.net_amount_last_90_days"
        ) }} as scope_wallet_rate_last_90_days,
        {{ ratio(
            "coalesce(scope_orders.net_amount_last_365_days, 0)", "customer_amounts.net_amount_last_365_days"
        ) }} as scope_wallet_rate_last_365_days,
        cast(coalesce(offer_matches.matched_offers_last_90_days, 0) as bigint) as matched_offers_last_90_days,
        cast(coalesce(offer_matches.matched_offers_last_365_days, 0) as bigint) as matched_offers_last_365_days,
        cast(coalesce(offer_matches.category_matched_offers_last_90_days, 0) as bigint)
            as category_matched_offers_last_90_days,
        cast(coalesce(offer_matches.top_offer_orders_last_90_days, 0) as bigint) as top_offer_orders_last_90_days,
        cast(coalesce(offer_matches.top_offer_orders_last_365_days, 0) as bigint) as top_offer_orders_last_365_days,
        cast(coalesce(offer_matches.matched_face_value, 0) as decimal(18, 4)) as matched_face_value,
        cast(coalesce(offer_matches.matched_redemption_rate, 0) as double) as expected_matched_redemptions,
        cast(coalesce(offer_matches.kindred_redemption_count, 0) as bigint) as kindred_redemptions_last_365_days,
        cast(coalesce(type_history.campaigns_exposed, 0) as bigint) as same_type_campaigns_exposed_last_365_days,
        cast(coalesce(type_history.campaigns_redeemed, 0) as bigint) as same_type_campaigns_redeemed_last_365_days,
        cast(coalesce(type_history.redemption_count, 0) as bigint) as same_type_redemptions_last_365_days,
        coalesce(contacts.exposure_count > 0, false) as is_exposed,
        cast(coalesce(contacts.exposure_count, 0) as bigint) as exposure_count,
        cast({{ days_between("contacts.last_exposure_date", "candidates.day") }} as bigint)
            as days_since_last_exposure,
        cast(coalesce(contacts.redemption_count, 0) as bigint) as redemption_count
    from candidates
    inner join campaigns
        on
            candidates.day = campaigns.day
            and candidates.campaign_id = campaigns.campaign_id
    left join scope_orders
        on
            candidates.day = scope_orders.day
            and candidates.customer_id = scope_orders.customer_id
            and candidates.campaign_id = scope_orders.campaign_id
    left join offer_matches
        on
            candidates.day = offer_matches.day
            and candidates.customer_id = offer_matches.customer_id
            and candidates.campaign_id = offer_matches.campaign_id
    left join type_history
        on
            candidates.day = type_history.day
            and candidates.customer_id = type_history.customer_id
            and candidates.campaign_id = type_history.campaign_id
    left join contacts
        on
            candidates.day = contacts.day
            and candidates.customer_id = contacts.customer_id
            and candidates.campaign_id = contacts.campaign_id
    left join customer_amounts
        on
            candidates.day = customer_amounts.day
            and candidates.customer_id = customer_amounts.customer_id

)

select * from join_measures
