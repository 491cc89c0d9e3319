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
    substr(filename, length($folder) + 2) as file,
    day
from read_parquet(
    $folder || '/events/day=*/*.parquet',
    filename = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
