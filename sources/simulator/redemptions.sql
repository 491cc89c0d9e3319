select
    redemption_id,
    customer_id,
    offer_id,
    campaign_id,
    redemption_date,
    order_id,
    discount_amount,
    change,
    file,
    line,
    day
from csv_rows($folder || '/redemptions/day=*/*.csv*')
where day between $first_day and $last_day
