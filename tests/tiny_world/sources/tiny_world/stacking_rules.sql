select
    rule_id,
    first_group,
    second_group,
    rule,
    null::varchar as max_discount,
    null::varchar as max_discount_rate,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/stacking_rules.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
