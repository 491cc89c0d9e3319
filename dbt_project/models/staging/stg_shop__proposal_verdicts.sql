with

versions as (

    select * from {{ ref('stg_shop__proposal_verdict_versions') }}

),

newest_rows as (

    select
        offer_id,
        verdict,
        campaign_id,
        day
    from versions
    where superseded_on is null

)

select * from newest_rows
