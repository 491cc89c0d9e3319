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
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/events.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
