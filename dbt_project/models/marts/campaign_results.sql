with

campaign_results as (

    select * from {{ source('ml', 'campaign_results') }}

),

todays_rows as (

    select
        day,
        campaign_id,
        exposed_customers,
        redeeming_customers,
        redemption_count,
        redemption_rate,
        redemption_rate_low,
        redemption_rate_high,
        discount_cost,
        stage,
        lift,
        lift_low,
        lift_high,
        return_on_spend,
        return_on_spend_low,
        return_on_spend_high,
        incremental_orders,
        incremental_orders_low,
        incremental_orders_high,
        incremental_revenue,
        incremental_revenue_low,
        incremental_revenue_high,
        incremental_margin,
        incremental_margin_low,
        incremental_margin_high,
        incremental_margin_in_scope,
        incremental_margin_in_scope_low,
        incremental_margin_in_scope_high,
        incremental_margin_of_substitutes,
        incremental_margin_of_substitutes_low,
        incremental_margin_of_substitutes_high,
        incremental_margin_elsewhere,
        incremental_margin_elsewhere_low,
        incremental_margin_elsewhere_high,
        cost,
        cost_low,
        cost_high,
        earned,
        earned_low,
        earned_high,
        brought_forward,
        brought_forward_low,
        brought_forward_high,
        earned_after_all,
        earned_after_all_low,
        earned_after_all_high,
        earned_sequential_low,
        earned_sequential_high,
        shown_customers,
        withheld_customers,
        is_observational,
        method,
        caveat,
        run_id
    from campaign_results
    where day = {{ run_day() }}

)

select * from todays_rows
