-- What campaign managers set: contact_limits.csv, a line per row and the day from which it is known.
select
    channel,
    contacts,
    window_days,
    change,
    file,
    line,
    greatest(day::date, $data_first_day) as day
from csv_rows($mapping || '/contact_limits.csv')
where greatest(day::date, $data_first_day) between $first_day and $last_day
