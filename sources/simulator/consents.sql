select
    customer_id,
    channel,
    is_granted,
    changed_at,
    change,
    substr(filename, length($folder) + 2) as file,
    day
from read_csv(
    $folder || '/consents/day=*/*.csv*',
    all_varchar = true,
    filename = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
