with

candidates as (

    select * from {{ ref('int_candidate_offers') }}

),

offers as (

    select * from {{ ref('int_offers_described') }}

),

scope_orders as (

    select * from {{ ref('int_customer_offers_orders') }}

),

scope_products as (

    select * from {{ ref('int_customer_offers_products') }}

),

scope_categories as (

    select * from {{ ref('int_customer_offers_categories') }}

),

kindred_redemptions as (

    select * from {{ ref('int_customer_offers_redemptions') }}

),

contacts as (

    select * from {{ ref('int_customer_offers_contacts') }}

),

customer_amounts as (

    select * from {{ ref('int_customers_amounts') }}

),

customer_orders as (

    select * from {{ ref('int_customers_orders') }}

),

join_measures as (

    select
        candidates.day,
        candidates.customer_id,
        candidates.offer_id,
        candidates.campaign_id,
        offers.offer_type,
        offers.discount_type,
        offers.face_value,
        cast({{ days_between("offers.valid_from", "offers.valid_until") }} + 1 as bigint) as duration_days,
        cast({{ days_between("candidates.day", "offers.valid_until") }} + 1 as bigint) as days_left,
        offers.scope_product_count,
        offers.scope_category_count,
        offers.scope_buyer_count,
        offers.shop_mean_scope_amount,
        offers.kindred_exposure_count,
        offers.kindred_redemption_count,
        {{ capped_ratio("offers.kindred_redemption_count", "offers.kindred_exposure_count") }}
            as kindred_redemption_rate,
        cast(coalesce(scope_orders.orders_last_28_days, 0) as bigint) as scope_orders_last_28_days,
        cast(coalesce(scope_orders.orders_last_90_days, 0) as bigint) as scope_orders_last_90_days,
        cast(coalesce(scope_orders.orders_last_365_days, 0) as bigint) as scope_orders_last_365_days,
        cast(coalesce(scope_orders.net_amount_last_28_days, 0) as decimal(18, 4)) as scope_net_amount_last_28_days,
        cast(coalesce(scope_orders.net_amount_last_90_days, 0) as decimal(18, 4)) as scope_net_amount_last_90_days,
        cast(coalesce(scope_orders.net_amount_last_365_days, 0) as decimal(18, 4)) as scope_net_amount_last_365_days,
        cast(coalesce(scope_orders.units_last_365_days, 0) as decimal(18, 4)) as scope_units_last_365_days,
        cast(coalesce(scope_orders.coupon_orders_last_365_days, 0) as bigint) as scope_coupon_orders_last_365_days,
        cast(coalesce(scope_products.product_count, 0) as bigint) as scope_products_bought_last_365_days,
        cast({{ days_between("scope_orders.last_order_date", "candidates.day") }} as bigint)
            as days_since_last_scope_order,
        {{ ratio("scope_orders.net_amount", "scope_orders.order_count") }} as mean_scope_amount,
        {{ ratio(
            "coalesce(scope_orders.net_amount_last_90_days, 0)", "customer_amounts.net_amount_last_90_days"
        ) }} as scope_wallet_rate_last_90_days,
        {{ ratio(
            "coalesce(scope_orders.net_amount_last_365_days, 0)", "customer_amounts.net_amount_last_365_days"
        ) }} as scope_wallet_rate_last_365_days,
        cast(coalesce(scope_categories.orders_last_90_days, 0) as bigint) as category_orders_last_90_days,
        cast(coalesce(scope_categories.orders_last_365_days, 0) as bigint) as category_orders_last_365_days,
        cast(coalesce(scope_categories.net_amount_last_365_days, 0) as decimal(18, 4))
            as category_net_amount_last_365_days,
        cast({{ days_between("scope_categories.last_order_date", "candidates.day") }} as bigint)
            as days_since_last_category_order,
        cast(coalesce(kindred_redemptions.redemption_count, 0) as bigint) as kindred_redemptions_last_365_days,
        coalesce(contacts.exposure_count > 0, false) as is_exposed,
        cast(coalesce(contacts.exposure_count, 0) as bigint) as exposure_count,
        cast({{ days_between("contacts.last_exposure_date", "candidates.day") }} as bigint)
            as days_since_last_exposure,
        cast(coalesce(contacts.redemption_count, 0) as bigint) as redemption_count,
        cast({{ days_between("contacts.last_redemption_date", "candidates.day") }} as bigint)
            as days_since_last_redemption,
        offers.discount_value,
        offers.min_basket,
        {{ ratio("customer_amounts.net_amount_last_365_days", "customer_orders.orders_last_365_days") }}
            as mean_basket_amount,
        case
            when offers.scope_product_count is null then 1
            else {{ capped_ratio(
                "coalesce(scope_orders.orders_last_365_days, 0)", "customer_orders.orders_last_365_days"
            ) }}
        end as scope_order_rate,
        case
            when offers.scope_product_count is null then 1
            else {{ capped_ratio(
                "coalesce(scope_orders.net_amount_last_365_days, 0)", "customer_amounts.net_amount_last_365_days"
            ) }}
        end as scope_amount_rate,
        cast(coalesce(offers.shop_funded_rate, {{ var("default_shop_funded_rate") }}) as double) as shop_funded_rate
    from candidates
    inner join offers
        on
            candidates.day = offers.day
            and candidates.offer_id = offers.offer_id
    left join scope_orders
        on
            candidates.day = scope_orders.day
            and candidates.customer_id = scope_orders.customer_id
            and candidates.offer_id = scope_orders.offer_id
    left join scope_products
        on
            candidates.day = scope_products.day
            and candidates.customer_id = scope_products.customer_id
            and candidates.offer_id = scope_products.offer_id
    left join scope_categories
        on
            candidates.day = scope_categories.day
            and candidates.customer_id = scope_categories.customer_id
            and candidates.offer_id = scope_categories.offer_id
    left join kindred_redemptions
        on
            candidates.day = kindred_redemptions.day
            and candidates.customer_id = kindred_redemptions.customer_id
            and candidates.offer_id = kindred_redemptions.offer_id
    left join contacts
        on
            candidates.day = contacts.day
            and candidates.customer_id = contacts.customer_id
            and candidates.offer_id = contacts.offer_id
    left join customer_amounts
        on
            candidates.day = customer_amounts.day
            and candidates.customer_id = customer_amounts.customer_id
    left join customer_orders
        on
            candidates.day = customer_orders.day
            and candidates.customer_id = customer_orders.customer_id

),

-- An amount is taken off the basket it needs, a percentage off the part of the basket in its scope.
compare_baskets as (

    select
        *,
        case
            when discount_type = 'percent' then cast(discount_value as double) / 100
            when min_basket > 0 then {{ ratio("coalesce(face_value, discount_value)", "min_basket") }}
            else {{ ratio("coalesce(face_value, discount_value)", "shop_mean_scope_amount") }}
        end as depth,
        {{ ratio("min_basket", "mean_basket_amount") }} as min_basket_ratio,
        case
            when discount_type = 'percent' then cast(discount_value as double) / 100 * scope_amount_rate
            when min_basket > mean_basket_amount
                then {{ ratio("coalesce(face_value, discount_value)", "min_basket") }} * scope_order_rate
            else {{ ratio("coalesce(face_value, discount_value)", "mean_basket_amount") }} * scope_order_rate
        end as saving
    from join_measures

),

choose_features as (

    select
        day,
        customer_id,
        offer_id,
        campaign_id,
        offer_type,
        discount_type,
        face_value,
        {{ as_share("depth") }} as depth_rate,
        shop_funded_rate,
        cast(min_basket as double) as min_basket,
        min_basket_ratio,
        {{ as_share("saving") }} as saving_rate,
        duration_days,
        days_left,
        scope_product_count,
        scope_category_count,
        scope_buyer_count,
        shop_mean_scope_amount,
        kindred_exposure_count,
        kindred_redemption_count,
        kindred_redemption_rate,
        scope_orders_last_28_days,
        scope_orders_last_90_days,
        scope_orders_last_365_days,
        scope_net_amount_last_28_days,
        scope_net_amount_last_90_days,
        scope_net_amount_last_365_days,
        scope_units_last_365_days,
        scope_coupon_orders_last_365_days,
        scope_products_bought_last_365_days,
        days_since_last_scope_order,
        mean_scope_amount,
        scope_wallet_rate_last_90_days,
        scope_wallet_rate_last_365_days,
        category_orders_last_90_days,
        category_orders_last_365_days,
        category_net_amount_last_365_days,
        days_since_last_category_order,
        kindred_redemptions_last_365_days,
        is_exposed,
        exposure_count,
        days_since_last_exposure,
        redemption_count,
        days_since_last_redemption
    from compare_baskets

)

select * from choose_features
