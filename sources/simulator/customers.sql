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
    substr(filename, length($folder) + 2) as file,
    day
from read_csv(
    $folder || '/customers/day=*/*.csv*',
    all_varchar = true,
    filename = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
