select
    customer_id,
    registered_at,
    age_band,
    income_band,
    household_size,
    household_composition,
    marital_status,
    home_ownership,
    children_count,
    region,
    acquisition_channel,
    name,
    email,
    phone,
    address,
    change,
    file,
    line,
    day
from csv_rows($folder || '/customers/day=*/*.csv*')
where day between $first_day and $last_day
