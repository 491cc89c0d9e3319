select
    channel,
    contacts,
    window_days,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/contact_limits.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
