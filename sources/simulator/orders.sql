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
    substr(filename, length($folder) + 2) as file,
    day
from read_csv(
    $folder || '/orders/day=*/*.csv*',
    all_varchar = true,
    filename = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
