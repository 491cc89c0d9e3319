select
    product_id,
    store_id,
    stock_date,
    units_on_hand,
    units_on_order,
    lead_time_days,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/stock.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
