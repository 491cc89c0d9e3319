with

campaign_results as (

    select * from {{ source('ml', 'campaign_results') }}

),

todays_results as (

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
        lift,
        lift_low,
        lift_high,
        return_on_spend,
        method,
        caveat,
        run_id
    from campaign_results
    where day = {{ run_day() }}

)

select * from todays_results
