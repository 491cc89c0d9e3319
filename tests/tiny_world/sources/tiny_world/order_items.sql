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
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/order_items.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
