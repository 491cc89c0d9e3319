-- What campaign managers set: reviews.csv, a line per row and the day from which it is known.
select
    customer_id,
    verdict,
    until,
    change,
    file,
    line,
    greatest(day::date, $data_first_day) as day
from csv_rows($mapping || '/reviews.csv')
where greatest(day::date, $data_first_day) between $first_day and $last_day
