select
    customer_id,
    product_id,
    rated_at,
    rating_date,
    rating,
    change,
    file,
    line,
    day
from csv_rows($folder || '/ratings/day=*/*.csv*')
where day between $first_day and $last_day
