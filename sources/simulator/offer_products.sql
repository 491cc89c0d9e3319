select
    offer_id,
    product_id,
    change,
    file,
    line,
    day
from csv_rows($folder || '/offer_products/day=*/*.csv*')
where day between $first_day and $last_day
