with

versions as (

    select * from {{ ref('stg_shop__review_versions') }}

),

newest_rows as (

    select
        customer_id,
        verdict,
        until,
        day
    from versions
    where superseded_on is null

)

select * from newest_rows
