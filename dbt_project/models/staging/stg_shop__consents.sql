with

versions as (

    select * from {{ ref('stg_shop__consent_versions') }}

),

newest_rows as (

    select
        customer_id,
        channel,
        is_granted,
        changed_at,
        day
    from versions
    where superseded_on is null

)

select * from newest_rows
