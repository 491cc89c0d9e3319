with

customer_versions as (

    select * from {{ ref('stg_shop__customer_versions') }}

),

name_spans as (

    select
        *,
        day as known_on
    from customer_versions

)

select * from name_spans
