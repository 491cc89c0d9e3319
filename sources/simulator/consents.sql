select
    customer_id,
    channel,
    is_granted,
    changed_at,
    change,
    file,
    line,
    day
from csv_rows($folder || '/consents/day=*/*.csv*')
where day between $first_day and $last_day
