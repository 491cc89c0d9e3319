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
    substr(filename, length($folder) + 2) as file,
    day
from read_csv(
    $folder || '/order_items/day=*/*.csv*',
    all_varchar = true,
    filename = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
