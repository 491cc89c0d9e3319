with

versions as (

    select * from {{ ref('stg_shop__store_promotion_versions') }}

),

newest_rows as (

    select
        product_id,
        store_id,
        start_date,
        end_date,
        display_location,
        mailer_location,
        day
    from versions
    where superseded_on is null

)

select * from newest_rows
