select
    product_id,
    store_id,
    start_date,
    end_date,
    display_location,
    mailer_location,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/store_promotions.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
