select
    customer_id,
    offer_id,
    campaign_id,
    exposed_at,
    exposure_date,
    channel,
    arm,
    probability,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/exposures.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
