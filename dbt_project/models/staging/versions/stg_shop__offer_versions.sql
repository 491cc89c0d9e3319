with

delivered as (

    select * from {{ versions_of('offers', ['offer_id'], is_entity=true) }} as every_version

),

entered_proposals as (

    select * from {{ ref('stg_shop__entered_proposal_versions') }}

),

-- A proposal that the shop delivers as an offer of its own is the shop's.
join_proposals as (

    select
        offer_id,
        campaign_id,
        offer_type,
        title,
        discount_type,
        discount_value,
        discount_value_method,
        min_basket,
        max_discount,
        scope_name,
        valid_from,
        valid_until,
        channel,
        audience,
        issue_limit,
        per_customer_limit,
        shop_funded_rate,
        partner,
        day,
        change,
        superseded_on
    from delivered
    union all
    select
        offer_id,
        campaign_id,
        offer_type,
        title,
        discount_type,
        discount_value,
        discount_value_method,
        min_basket,
        max_discount,
        scope_name,
        valid_from,
        valid_until,
        channel,
        audience,
        issue_limit,
        per_customer_limit,
        shop_funded_rate,
        partner,
        day,
        change,
        superseded_on
    from entered_proposals
    where offer_id not in (select delivered.offer_id from delivered)

)

select * from join_proposals
