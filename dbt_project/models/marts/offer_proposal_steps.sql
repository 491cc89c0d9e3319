with

offer_proposal_steps as (

    select * from {{ source('ml', 'offer_proposal_steps') }}

),

todays_steps as (

    select
        day,
        offer_id,
        min_basket,
        discount_value,
        customers,
        expected_margin,
        run_id
    from offer_proposal_steps
    where day = {{ run_day() }}

)

select * from todays_steps
