select
    tier,
    minimum_amount,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/member_tiers.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
