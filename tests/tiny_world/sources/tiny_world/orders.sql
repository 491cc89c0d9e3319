select
    order_id,
    customer_id,
    ordered_at,
    order_date,
    channel,
    store_id,
    device_id,
    payment_id,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/orders.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
