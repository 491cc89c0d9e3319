-- What campaign managers set: member_tiers.csv, a line per row and the day from which it is known.
select
    tier,
    minimum_amount,
    change,
    file,
    line,
    greatest(day::date, $data_first_day) as day
from csv_rows($mapping || '/member_tiers.csv')
where greatest(day::date, $data_first_day) between $first_day and $last_day
