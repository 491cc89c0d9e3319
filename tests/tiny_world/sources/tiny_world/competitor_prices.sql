select
    product_id,
    competitor,
    price_date,
    price,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/competitor_prices.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
