with

campaign_versions as (

    select * from {{ ref('stg_shop__campaign_versions') }}

),

name_spans as (

    select
        *,
        day as known_on
    from campaign_versions

)

select * from name_spans
