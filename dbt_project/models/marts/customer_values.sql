with

customer_values as (

    select * from {{ source('ml', 'customer_values') }}

),

todays_customer_values as (

    select
        day,
        customer_id,
        horizon_days,
        expected_orders,
        expected_spend,
        expected_spend_low,
        expected_spend_high,
        expected_margin,
        alive_probability,
        model_version,
        run_id
    from customer_values
    where day = {{ run_day() }}

)

select * from todays_customer_values
