with

frontier as (

    select * from {{ source('ml', 'frontier') }}

),

todays_points as (

    select
        day,
        method,
        point,
        name,
        profit,
        benefit,
        stock,
        weight_profit,
        weight_benefit,
        weight_stock,
        cost,
        offer_count,
        policy,
        is_best,
        is_decided_by,
        hypervolume,
        customer_count,
        sample_rate,
        run_id
    from frontier
    where day = {{ run_day() }}

)

select * from todays_points
