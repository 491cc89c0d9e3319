select
    offer_id,
    verdict,
    campaign_id,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/proposal_verdicts.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
