with

offers as (

    select * from {{ ref('stg_shop__offers') }}

),

number_versions as (

    select
        *,
        day as known_on,
        lead(day) over (partition by offer_id order by day) as superseded_on
    from offers

)

select * from number_versions
