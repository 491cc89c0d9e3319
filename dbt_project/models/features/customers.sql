with

known_customers as (

    select * from {{ ref('int_known_customers') }}

),

source_coverage as (

    select * from {{ ref('int_source_coverage') }}

),

orders as (

    select * from {{ ref('int_customers_orders') }}

),

amounts as (

    select * from {{ ref('int_customers_amounts') }}

),

gaps as (

    select * from {{ ref('int_customers_gaps') }}

),

categories as (

    select * from {{ ref('int_customers_categories') }}

),

habits as (

    select * from {{ ref('int_customers_habits') }}

),

placements as (

    select * from {{ ref('int_customers_placements') }}

),

promotions as (

    select * from {{ ref('int_customers_promotions') }}

),

responses as (

    select * from {{ ref('int_customers_responses') }}

),

campaigns as (

    select * from {{ ref('int_customers_campaigns') }}

),

events as (

    select * from {{ ref('int_customers_events') }}

),

returns as (

    select * from {{ ref('int_customers_returns') }}

),

consents as (

    select * from {{ ref('int_customers_consents') }}

),

count_campaigns as (

    select
        day,
        customer_id,
        count(*) filter (where exposure_count > 0) as campaigns_exposed,
        count(*) filter (where redemption_count > 0) as campaigns_redeemed
    from campaigns
    group by day, customer_id

),

join_measures as (

    select
        known_customers.day,
        known_customers.customer_id,
        cast({{ days_between("orders.first_order_date", "known_customers.day") }} as bigint) as tenure_days,
        cast({{ days_between("orders.last_order_date", "known_customers.day") }} as bigint) as days_since_last_order,
        cast(coalesce(orders.orders_last_7_days, 0) as bigint) as orders_last_7_days,
        cast(coalesce(orders.orders_last_28_days, 0) as bigint) as orders_last_28_days,
        cast(coalesce(orders.orders_last_90_days, 0) as bigint) as orders_last_90_days,
        cast(coalesce(orders.orders_last_365_days, 0) as bigint) as orders_last_365_days,
        {{ net_of_refunds("last_7_days") }} as net_amount_last_7_days,
        {{ net_of_refunds("last_28_days") }} as net_amount_last_28_days,
        {{ net_of_refunds("last_90_days") }} as net_amount_last_90_days,
        {{ net_of_refunds("last_365_days") }} as net_amount_last_365_days,
        cast(coalesce(amounts.units_last_7_days, 0) as decimal(18, 4)) as units_last_7_days,
        cast(coalesce(amounts.units_last_28_days, 0) as decimal(18, 4)) as units_last_28_days,
        cast(coalesce(amounts.units_last_90_days, 0) as decimal(18, 4)) as units_last_90_days,
        cast(coalesce(amounts.units_last_365_days, 0) as decimal(18, 4)) as units_last_365_days,
        {{ trend("orders.orders_last_28_days", "orders.orders_previous_28_days") }} as orders_trend,
        {{ trend(net_of_refunds("last_28_days"), net_of_refunds("previous_28_days")) }} as net_amount_trend,
        {{ ratio("amounts.net_amount_last_365_days", "orders.orders_last_365_days") }} as mean_basket_amount,
        {{ ratio("amounts.line_count_last_365_days", "orders.orders_last_365_days") }} as mean_basket_lines,
        gaps.mean_gap_days,
        gaps.gap_regularity,
        {{ ratio("amounts.discount_amount_last_365_days",
            "amounts.net_amount_last_365_days + amounts.discount_amount_last_365_days") }} as discount_depth_rate,
        {{ ratio("amounts.discounted_net_amount", "amounts.net_amount") }} as discount_share_rate,
        {{ ratio("amounts.coupon_net_amount", "amounts.net_amount") }} as coupon_share_rate,
        cast(coalesce(amounts.coupon_line_count_last_90_days, 0) as bigint) as coupon_lines_last_90_days,
        cast(coalesce(amounts.coupon_line_count_last_365_days, 0) as bigint) as coupon_lines_last_365_days,
        case
            when source_coverage.has_placements
                then {{ ratio("coalesce(placements.display_net_amount, 0)", "amounts.net_amount") }}
        end as display_share_rate,
        case
            when source_coverage.has_placements
                then {{ ratio("coalesce(placements.mailer_net_amount, 0)", "amounts.net_amount") }}
        end as mailer_share_rate,
        {{ ratio("amounts.private_brand_net_amount", "amounts.net_amount") }} as private_brand_rate,
        categories.brand_loyalty_rate,
        cast(coalesce(categories.category_count_last_90_days, 0) as bigint) as category_count_last_90_days,
        cast(categories.category_diversity as double) as category_diversity,
        categories.top_category,
        categories.top_category_rate,
        cast(habits.preferred_weekday as integer) as preferred_weekday,
        cast(habits.preferred_hour as integer) as preferred_hour,
        habits.preferred_store_id,
        habits.preferred_channel,
        known_customers.age_band,
        known_customers.income_band,
        known_customers.household_size,
        known_customers.household_composition,
        known_customers.marital_status,
        known_customers.home_ownership,
        known_customers.children_count,
        known_customers.region,
        known_customers.acquisition_channel,
        cast(coalesce(promotions.exposures_last_28_days, 0) as bigint) as exposures_last_28_days,
        cast(coalesce(promotions.exposures_last_90_days, 0) as bigint) as exposures_last_90_days,
        cast(coalesce(promotions.exposures_last_365_days, 0) as bigint) as exposures_last_365_days,
        cast(coalesce(promotions.redemptions_last_28_days, 0) as bigint) as redemptions_last_28_days,
        cast(coalesce(promotions.redemptions_last_90_days, 0) as bigint) as redemptions_last_90_days,
        cast(coalesce(promotions.redemptions_last_365_days, 0) as bigint) as redemptions_last_365_days,
        cast({{ days_between("promotions.last_exposure_date", "known_customers.day") }} as bigint)
            as days_since_last_exposure,
        cast({{ days_between("promotions.last_redemption_date", "known_customers.day") }} as bigint)
            as days_since_last_redemption,
        {{ capped_ratio("promotions.redemptions_last_365_days", "promotions.exposures_last_365_days") }}
            as redemption_rate,
        cast(coalesce(responses.exposed_weeks, 0) as bigint) as exposed_weeks_last_365_days,
        {{ ratio("responses.exposed_orders", "responses.exposed_weeks") }} as orders_per_exposed_week,
        case
            when orders.first_order_date is not null
                then {{ ratio(
                    "greatest(orders.orders_last_365_days - coalesce(responses.exposed_orders, 0), 0)",
                    "greatest(least(" ~ days_between("orders.first_order_date", "known_customers.day")
                    ~ ", 365) / 7.0 - coalesce(responses.exposed_weeks, 0), 1)"
                ) }}
        end as orders_per_other_week,
        cast(coalesce(count_campaigns.campaigns_exposed, 0) as bigint) as campaigns_exposed_last_365_days,
        cast(coalesce(count_campaigns.campaigns_redeemed, 0) as bigint) as campaigns_redeemed_last_365_days,
        case when source_coverage.has_events then cast(coalesce(events.views_last_28_days, 0) as bigint) end
            as views_last_28_days,
        case when source_coverage.has_events then cast(coalesce(events.searches_last_28_days, 0) as bigint) end
            as searches_last_28_days,
        case
            when source_coverage.has_events
                then cast(coalesce(events.dwell_seconds_last_28_days, 0) as decimal(18, 4))
        end
            as dwell_seconds_last_28_days,
        case when source_coverage.has_events then cast(coalesce(events.carts_last_28_days, 0) as bigint) end
            as carts_last_28_days,
        case when source_coverage.has_events then cast(coalesce(events.abandoned_carts_last_28_days, 0) as bigint) end
            as abandoned_carts_last_28_days,
        case when source_coverage.has_returns then cast(coalesce(returns.returns_last_365_days, 0) as bigint) end
            as returns_last_365_days,
        case
            when source_coverage.has_returns
                then {{ capped_ratio(
                    "coalesce(returns.refund_amount_last_365_days, 0)", "amounts.net_amount_last_365_days"
                ) }}
        end as refund_rate_last_365_days,
        -- Who never answered has not agreed, once the shop asks at all.
        case when source_coverage.has_consents then coalesce(consents.has_consent, false) end as has_consent
    from known_customers
    inner join source_coverage on known_customers.day = source_coverage.day
    left join orders
        on
            known_customers.day = orders.day
            and known_customers.customer_id = orders.customer_id
    left join amounts
        on
            known_customers.day = amounts.day
            and known_customers.customer_id = amounts.customer_id
    left join gaps
        on
            known_customers.day = gaps.day
            and known_customers.customer_id = gaps.customer_id
    left join categories
        on
            known_customers.day = categories.day
            and known_customers.customer_id = categories.customer_id
    left join habits
        on
            known_customers.day = habits.day
            and known_customers.customer_id = habits.customer_id
    left join placements
        on
            known_customers.day = placements.day
            and known_customers.customer_id = placements.customer_id
    left join promotions
        on
            known_customers.day = promotions.day
            and known_customers.customer_id = promotions.customer_id
    left join responses
        on
            known_customers.day = responses.day
            and known_customers.customer_id = responses.customer_id
    left join count_campaigns
        on
            known_customers.day = count_campaigns.day
            and known_customers.customer_id = count_campaigns.customer_id
    left join events
        on
            known_customers.day = events.day
            and known_customers.customer_id = events.customer_id
    left join returns
        on
            known_customers.day = returns.day
            and known_customers.customer_id = returns.customer_id
    left join consents
        on
            known_customers.day = consents.day
            and known_customers.customer_id = consents.customer_id

)

select * from join_measures
