select
    product_id,
    competitor,
    price_date,
    price,
    substr(filename, length($folder) + 2) as file,
    day
from read_parquet(
    $folder || '/competitor_prices/day=*/*.parquet',
    filename = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
