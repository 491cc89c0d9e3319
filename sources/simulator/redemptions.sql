select
    redemption_id,
    customer_id,
    offer_id,
    campaign_id,
    redemption_date,
    order_id,
    discount_amount,
    change,
    substr(filename, length($folder) + 2) as file,
    day
from read_csv(
    $folder || '/redemptions/day=*/*.csv*',
    all_varchar = true,
    filename = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
