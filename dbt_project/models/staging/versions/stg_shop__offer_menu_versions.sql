with

delivered as (

    select * from {{ versions_of('offer_menus', ['offer_id', 'min_basket'], is_entity=true) }} as every_version

),

entered_proposals as (

    select * from {{ ref('stg_shop__entered_proposal_versions') }}

),

proposal_steps as (

    select * from {{ source('ml', 'offer_proposal_steps') }}

),

join_proposals as (

    select
        offer_id,
        min_basket,
        discount_value,
        day,
        change,
        superseded_on
    from delivered
    union all
    select
        proposal_steps.offer_id,
        cast(proposal_steps.min_basket as decimal(18, 4)) as min_basket,
        cast(proposal_steps.discount_value as decimal(18, 4)) as discount_value,
        entered_proposals.day,
        entered_proposals.change,
        entered_proposals.superseded_on
    from entered_proposals
    inner join proposal_steps
        on
            entered_proposals.offer_id = proposal_steps.offer_id
            and entered_proposals.proposed_on = proposal_steps.day
    where entered_proposals.offer_id not in (select delivered.offer_id from delivered)

)

select * from join_proposals
