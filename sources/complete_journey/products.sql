-- The whole catalogue is delivered on the first day; the data know no later change.
-- Fuel is rung up in thousandths, under two departments: what its quantity counts is a volume.
-- The shop has no product names: they are its product types with the abbreviations of words.csv spelled out.
with words as (
    select map(list(word), list(meaning)) as meanings
    from read_csv($mapping || '/words.csv')
)

select
    product_id,
    nullif(concat_ws(', ', list_aggregate(
        list_transform(
            regexp_extract_all(product_type, '[A-Z]+|[^A-Z]+'),
            lambda part: coalesce(words.meanings[part], part[1] || lower(part[2:]))
        ),
        'string_agg', ''
    ), lower(package_size)), '') as name,
    department,
    product_category as category,
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
from read_parquet($folder || '/products.parquet')
cross join words
where $data_first_day between $first_day and $last_day
