-- What campaign managers set: stacking_rules.csv, a line per row and the day from which it is known.
select
    rule_id,
    first_group,
    second_group,
    rule,
    max_discount,
    max_discount_rate,
    change,
    file,
    line,
    greatest(day::date, $data_first_day) as day
from csv_rows($mapping || '/stacking_rules.csv')
where greatest(day::date, $data_first_day) between $first_day and $last_day
