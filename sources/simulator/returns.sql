select
    return_id,
    order_id,
    line_number,
    customer_id,
    product_id,
    returned_at,
    return_date,
    quantity,
    refund_amount,
    change,
    substr(filename, length($folder) + 2) as file,
    day
from read_csv(
    $folder || '/returns/day=*/*.csv*',
    all_varchar = true,
    filename = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
