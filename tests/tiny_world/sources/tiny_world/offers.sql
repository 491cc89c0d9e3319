select
    offer_id,
    campaign_id,
    offer_type,
    title,
    discount_type,
    discount_value,
    discount_value_method,
    null::varchar as min_basket,
    null::varchar as max_discount,
    scope_name,
    valid_from,
    valid_until,
    channel,
    null::varchar as audience,
    issue_limit,
    per_customer_limit,
    shop_funded_rate,
    null::varchar as partner,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/offers.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
