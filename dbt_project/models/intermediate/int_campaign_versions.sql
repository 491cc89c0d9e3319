with

campaigns as (

    select * from {{ ref('stg_shop__campaigns') }}

),

number_versions as (

    select
        *,
        day as known_on,
        lead(day) over (partition by campaign_id order by day) as superseded_on
    from campaigns

)

select * from number_versions
