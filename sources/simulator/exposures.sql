select
    customer_id,
    offer_id,
    campaign_id,
    exposed_at,
    exposure_date,
    channel,
    arm,
    probability,
    substr(filename, length($folder) + 2) as file,
    day
from read_parquet(
    $folder || '/exposures/day=*/*.parquet',
    filename = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
