with

products as (

    select * from {{ ref('stg_shop__products') }}

),

number_versions as (

    select
        *,
        day as known_on,
        lead(day) over (partition by product_id order by day) as superseded_on,
        row_number() over (partition by product_id order by day) as version
    from products

),

before_first_version as (

    select
        product_id,
        cast(null as varchar) as department,
        cast(null as varchar) as category,
        cast(null as varchar) as brand,
        cast(null as varchar) as brand_type,
        cast(null as varchar) as unit,
        cast(null as decimal(18, 4)) as list_price,
        cast(null as decimal(18, 4)) as unit_cost,
        cast(null as date) as launched_on,
        cast(null as date) as known_on,
        known_on as superseded_on
    from number_versions
    where version = 1

),

all_versions as (

    select
        product_id,
        department,
        category,
        brand,
        brand_type,
        unit,
        list_price,
        cost as unit_cost,
        launched_on,
        known_on,
        superseded_on
    from number_versions
    union all
    select * from before_first_version

)

select * from all_versions
