select
    campaign_id,
    name,
    campaign_type,
    null::varchar as objective,
    start_date,
    end_date,
    budget,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/campaigns.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
