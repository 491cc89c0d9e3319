select
    customer_id,
    product_id,
    rated_at,
    rating_date,
    rating,
    change,
    substr(filename, length($folder) + 2) as file,
    day
from read_csv(
    $folder || '/ratings/day=*/*.csv*',
    all_varchar = true,
    filename = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
