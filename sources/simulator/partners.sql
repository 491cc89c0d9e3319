-- What campaign managers set: partners.csv, a line per row and the day from which it is known.
select
    partner_id,
    name,
    budget,
    start_date,
    end_date,
    change,
    file,
    line,
    greatest(day::date, $data_first_day) as day
from csv_rows($mapping || '/partners.csv')
where greatest(day::date, $data_first_day) between $first_day and $last_day
