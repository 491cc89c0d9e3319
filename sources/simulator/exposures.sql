select
    customer_id,
    offer_id,
    campaign_id,
    exposed_at,
    exposure_date,
    channel,
    arm,
    probability,
    filename as file,
    file_row_number + 1 as line,
    day
from read_parquet(
    $folder || '/exposures/day=*/*.parquet',
    filename = true,
    file_row_number = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
