select
    product_id,
    store_id,
    stock_date,
    units_on_hand,
    units_on_order,
    lead_time_days,
    filename as file,
    file_row_number + 1 as line,
    day
from read_parquet(
    $folder || '/stock/day=*/*.parquet',
    filename = true,
    file_row_number = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
