select
    customer_id,
    channel,
    is_granted,
    changed_at,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/consents.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
