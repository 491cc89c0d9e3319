select
    order_id,
    line_number,
    product_id,
    quantity,
    net_amount,
    shelf_discount_amount,
    coupon_discount_amount,
    coupon_match_discount_amount,
    offer_id,
    change,
    file,
    line,
    day
from csv_rows($folder || '/order_items/day=*/*.csv*')
where day between $first_day and $last_day
