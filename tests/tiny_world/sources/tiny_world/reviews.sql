select
    customer_id,
    verdict,
    null::varchar as until,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/reviews.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
