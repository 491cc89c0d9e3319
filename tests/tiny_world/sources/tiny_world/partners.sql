select
    partner_id,
    name,
    budget,
    null::varchar as start_date,
    null::varchar as end_date,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/partners.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
