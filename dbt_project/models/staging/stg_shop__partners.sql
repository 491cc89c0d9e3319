with

versions as (

    select * from {{ ref('stg_shop__partner_versions') }}

),

newest_rows as (

    select
        partner_id,
        name,
        budget,
        start_date,
        end_date,
        day
    from versions
    where superseded_on is null

)

select * from newest_rows
