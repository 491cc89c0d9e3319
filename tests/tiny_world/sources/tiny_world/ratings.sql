select
    customer_id,
    product_id,
    rated_at,
    rating_date,
    rating,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/ratings.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
