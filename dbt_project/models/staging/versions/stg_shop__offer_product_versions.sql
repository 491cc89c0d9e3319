with

delivered as (

    select * from {{ versions_of('offer_products', ['offer_id', 'product_id'], is_entity=true) }} as every_version

),

entered_proposals as (

    select * from {{ ref('stg_shop__entered_proposal_versions') }}

),

proposal_products as (

    select * from {{ source('ml', 'offer_proposal_products') }}

),

join_proposals as (

    select
        offer_id,
        product_id,
        day,
        change,
        superseded_on
    from delivered
    union all
    select
        proposal_products.offer_id,
        proposal_products.product_id,
        entered_proposals.day,
        entered_proposals.change,
        entered_proposals.superseded_on
    from entered_proposals
    inner join proposal_products
        on
            entered_proposals.offer_id = proposal_products.offer_id
            and entered_proposals.proposed_on = proposal_products.day
    where entered_proposals.offer_id not in (select delivered.offer_id from delivered)

)

select * from join_proposals
