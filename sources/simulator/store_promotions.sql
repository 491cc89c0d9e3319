select
    product_id,
    store_id,
    start_date,
    end_date,
    display_location,
    mailer_location,
    change,
    substr(filename, length($folder) + 2) as file,
    day
from read_csv(
    $folder || '/store_promotions/day=*/*.csv*',
    all_varchar = true,
    filename = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
