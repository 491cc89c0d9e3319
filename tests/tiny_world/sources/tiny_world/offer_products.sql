select
    offer_id,
    product_id,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/offer_products.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
