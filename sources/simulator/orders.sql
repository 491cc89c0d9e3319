select
    order_id,
    customer_id,
    ordered_at,
    order_date,
    channel,
    store_id,
    device_id,
    payment_id,
    change,
    file,
    line,
    day
from csv_rows($folder || '/orders/day=*/*.csv*')
where day between $first_day and $last_day
