with

offer_proposals as (

    select * from {{ source('ml', 'offer_proposals') }}

),

todays_proposals as (

    select
        day,
        offer_id,
        offer_type,
        title,
        discount_type,
        discount_value,
        min_basket,
        scope_name,
        product_ids,
        valid_from,
        valid_until,
        depth_rate,
        usual_units,
        expected_units,
        stock_units,
        units_on_hand,
        pulled_units,
        taken_units,
        expected_margin,
        expected_margin_low,
        expected_margin_high,
        targeted_margin,
        expected_cost,
        break_even_rate,
        together_count,
        buyers,
        lift,
        lift_low,
        lift_high,
        q_value,
        elasticity,
        elasticity_basis,
        status,
        is_entering,
        method,
        model_version,
        run_id
    from offer_proposals
    where day = {{ run_day() }}

)

select * from todays_proposals
