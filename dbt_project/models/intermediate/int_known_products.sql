with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

product_versions as (

    select * from {{ ref('int_product_versions') }}

),

pick_versions as (

    select
        as_of_days.day,
        product_versions.product_id,
        product_versions.department,
        product_versions.category,
        product_versions.brand,
        product_versions.brand_type,
        product_versions.list_price,
        product_versions.unit_cost,
        product_versions.launched_on
    from product_versions
    inner join as_of_days on {{ is_known("product_versions") }}
    -- What a line is of before the catalogue knows the product has no first day.
    where
        as_of_days.is_interaction_day
        and product_versions.known_on is not null
        and not product_versions.is_deleted

)

select * from pick_versions
