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
    file,
    line,
    day
from csv_rows($folder || '/returns/day=*/*.csv*')
where day between $first_day and $last_day
