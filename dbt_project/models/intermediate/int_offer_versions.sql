with

offer_versions as (

    select * from {{ ref('stg_shop__offer_versions') }}

),

name_spans as (

    select
        *,
        day as known_on
    from offer_versions

)

select * from name_spans
