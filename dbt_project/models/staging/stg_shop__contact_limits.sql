with

versions as (

    select * from {{ ref('stg_shop__contact_limit_versions') }}

),

newest_rows as (

    select
        channel,
        contacts,
        window_days,
        day
    from versions
    where superseded_on is null

)

select * from newest_rows
