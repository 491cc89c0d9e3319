select
    event_id,
    customer_id,
    session_id,
    event_type,
    occurred_at,
    event_date,
    product_id,
    query,
    channel,
    dwell_seconds,
    device_id,
    filename as file,
    file_row_number + 1 as line,
    day
from read_parquet(
    $folder || '/events/day=*/*.parquet',
    filename = true,
    file_row_number = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
