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
    change,
    file,
    line,
    day
from csv_rows($folder || '/products/day=*/*.csv*')
where day between $first_day and $last_day
