with

customers as (

    select * from {{ ref('stg_shop__customers') }}

),

number_versions as (

    select
        *,
        day as known_on,
        lead(day) over (partition by customer_id order by day) as superseded_on
    from customers

)

select * from number_versions
