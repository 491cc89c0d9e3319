select
    product_id,
    name,
    department,
    category,
    subcategory,
    brand,
    brand_type,
    null::varchar as package_size,
    unit,
    list_price,
    cost,
    launched_on,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/products.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
