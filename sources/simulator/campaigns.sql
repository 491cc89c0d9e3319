select
    campaign_id,
    name,
    campaign_type,
    objective,
    start_date,
    end_date,
    budget,
    change,
    file,
    line,
    day
from csv_rows($folder || '/campaigns/day=*/*.csv*')
where day between $first_day and $last_day
