with

versions as (

    select * from {{ ref('stg_shop__product_versions') }}

),

number_versions as (

    select
        *,
        day as known_on,
        lead(day) over (partition by product_id order by day) as next_known_on,
        row_number() over (partition by product_id order by day) as version
    from versions

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
        known_on as superseded_on,
        false as is_deleted
    from number_versions
    where version = 1

),

-- What was bought of a product stays what it was when the product leaves the catalogue.
after_deletion as (

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
        superseded_on as known_on,
        next_known_on as superseded_on,
        true as is_deleted
    from number_versions
    where superseded_on < next_known_on or (superseded_on is not null and next_known_on is null)

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
        superseded_on,
        false as is_deleted
    from number_versions
    union all
    select * from before_first_version
    union all
    select * from after_deletion

)

select * from all_versions
