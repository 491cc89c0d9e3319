select
    offer_id,
    min_basket,
    discount_value,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/offer_menus.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
