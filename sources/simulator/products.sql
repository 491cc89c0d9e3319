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
    substr(filename, length($folder) + 2) as file,
    day
from read_csv(
    $folder || '/products/day=*/*.csv*',
    all_varchar = true,
    filename = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
