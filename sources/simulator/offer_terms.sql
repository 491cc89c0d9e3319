-- What campaign managers set: offer_terms.csv, a line per row and the day from which it is known.
select
    offer_id,
    partner_id,
    region,
    tier,
    stacking_group,
    minimum_issue,
    change,
    file,
    line,
    greatest(day::date, $data_first_day) as day
from csv_rows($mapping || '/offer_terms.csv')
where greatest(day::date, $data_first_day) between $first_day and $last_day
