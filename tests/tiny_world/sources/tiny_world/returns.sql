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
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/returns.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
