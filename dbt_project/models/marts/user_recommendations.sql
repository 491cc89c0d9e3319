with

recommendations as (

    select * from {{ source('ml', 'recommendations') }}

),

todays_recommendations as (

    select
        day,
        customer_id,
        rank,
        product_id,
        score,
        method,
        part,
        model_version,
        run_id
    from recommendations
    where day = {{ run_day() }}

)

select * from todays_recommendations
