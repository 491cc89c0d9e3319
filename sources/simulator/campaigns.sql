select
    campaign_id,
    name,
    campaign_type,
    objective,
    start_date,
    end_date,
    budget,
    change,
    substr(filename, length($folder) + 2) as file,
    day
from read_csv(
    $folder || '/campaigns/day=*/*.csv*',
    all_varchar = true,
    filename = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
