with

versions as (

    select * from {{ ref('stg_shop__product_versions') }}

),

newest_rows as (

    select
        product_id,
        name,
        department,
        category,
        subcategory,
        brand,
        brand_type,
        package_size,
        unit,
        list_price,
        cost,
        launched_on,
        day
    from versions
    where superseded_on is null

)

select * from newest_rows
