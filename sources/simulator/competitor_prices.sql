select
    product_id,
    competitor,
    price_date,
    price,
    filename as file,
    file_row_number + 1 as line,
    day
from read_parquet(
    $folder || '/competitor_prices/day=*/*.parquet',
    filename = true,
    file_row_number = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
