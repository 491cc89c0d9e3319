select
    redemption_id,
    customer_id,
    offer_id,
    campaign_id,
    redemption_date,
    order_id,
    discount_amount,
    parse_filename(filename) as file,
    day::date as day
from read_csv($folder || '/redemptions.csv', all_varchar = true, filename = true)
where day::date between $first_day and $last_day
