with

source as (

    select * from {{ source('landing', 'products') }}

),

known_rows as (

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
    from source
    where day < {{ run_day() }}

)

select * from known_rows
