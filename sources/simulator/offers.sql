select
    offer_id,
    campaign_id,
    offer_type,
    title,
    discount_type,
    discount_value,
    discount_value_method,
    min_basket,
    max_discount,
    scope_name,
    valid_from,
    valid_until,
    channel,
    audience,
    issue_limit,
    per_customer_limit,
    shop_funded_rate,
    partner,
    change,
    substr(filename, length($folder) + 2) as file,
    day
from read_csv(
    $folder || '/offers/day=*/*.csv*',
    all_varchar = true,
    filename = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
