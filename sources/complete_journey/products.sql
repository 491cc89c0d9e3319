-- The whole catalogue is delivered on the first day; the data know no later change.
-- Fuel is rung up in thousandths, under two departments: what its quantity counts is a volume.
-- Categories and types are the till's codes: categories.csv names those that say too little by themselves, words.csv spells
-- out the abbreviations of the rest. The shop has no product names: they are its product types.
with words as (
    select map(list(word), list(meaning)) as meanings
    from read_csv($mapping || '/words.csv')
),

products as (
    select * from read_parquet($folder || '/products.parquet')
),

spelled as (
    select
        code,
        list_aggregate(
            list_transform(
                regexp_extract_all(code, '[A-Z]+|[^A-Z]+'),
                lambda part: coalesce(words.meanings[part], part[1] || lower(part[2:]))
            ),
            'string_agg', ''
        ) as name
    from (select product_category as code from products union select product_type from products)
    cross join words
)

select
    product_id,
    nullif(concat_ws(', ', type_name.name, lower(package_size)), '') as name,
    department,
    coalesce(category_name.name, spelled_category.name) as category,
    product_type as subcategory,
    'Maker ' || manufacturer_id as brand,
    lower(brand) as brand_type,
    package_size,
    case
        when department = 'FUEL' then 'volume'
        when department = 'MISCELLANEOUS' and product_category = 'COUPON/MISC ITEMS' then 'volume'
        else 'piece'
    end as unit,
    null::decimal(18, 4) as list_price,
    null::decimal(18, 4) as cost,
    null::date as launched_on,
    $data_first_day as day
from products
left join spelled as type_name on products.product_type = type_name.code
left join spelled as spelled_category on products.product_category = spelled_category.code
left join read_csv($mapping || '/categories.csv') as category_name on products.product_category = category_name.code
where $data_first_day between $first_day and $last_day
