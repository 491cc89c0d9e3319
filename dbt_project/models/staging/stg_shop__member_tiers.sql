with

versions as (

    select * from {{ ref('stg_shop__member_tier_versions') }}

),

newest_rows as (

    select
        tier,
        minimum_amount,
        day
    from versions
    where superseded_on is null

)

select * from newest_rows
