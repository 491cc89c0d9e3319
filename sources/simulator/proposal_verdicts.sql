-- What campaign managers set: proposal_verdicts.csv, a line per row and the day from which it is known.
select
    offer_id,
    verdict,
    campaign_id,
    change,
    file,
    line,
    greatest(day::date, $data_first_day) as day
from csv_rows($mapping || '/proposal_verdicts.csv')
where greatest(day::date, $data_first_day) between $first_day and $last_day
