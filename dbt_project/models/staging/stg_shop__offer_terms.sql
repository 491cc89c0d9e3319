with

versions as (

    select * from {{ ref('stg_shop__offer_term_versions') }}

),

newest_rows as (

    select
        offer_id,
        partner_id,
        region,
        tier,
        stacking_group,
        minimum_issue,
        day
    from versions
    where
        superseded_on is null
        and offer_id in (select offers.offer_id from {{ ref('stg_shop__offers') }} as offers)

)

select * from newest_rows
