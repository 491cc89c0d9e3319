with

versions as (

    select * from {{ ref('stg_shop__rating_versions') }}

),

newest_rows as (

    select
        customer_id,
        product_id,
        rated_at,
        rating_date,
        rating,
        day
    from versions
    where superseded_on is null

)

select * from newest_rows
