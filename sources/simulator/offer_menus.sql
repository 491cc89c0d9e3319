-- What campaign managers set: offer_menus.csv, a line per row and the day from which it is known.
select
    offer_id,
    min_basket,
    discount_value,
    change,
    file,
    line,
    greatest(day::date, $data_first_day) as day
from csv_rows($mapping || '/offer_menus.csv')
where greatest(day::date, $data_first_day) between $first_day and $last_day
