select
    customer_id,
    registered_at,
    age_band,
    income_band,
    household_size,
    null::varchar as household_composition,
    null::varchar as marital_status,
    null::varchar as home_ownership,
    null::varchar as children_count,
    region,
    acquisition_channel,
    name,
    email,
    phone,
    address,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/customers.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
