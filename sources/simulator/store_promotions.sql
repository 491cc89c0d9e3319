select
    product_id,
    store_id,
    start_date,
    end_date,
    display_location,
    mailer_location,
    change,
    file,
    line,
    day
from csv_rows($folder || '/store_promotions/day=*/*.csv*')
where day between $first_day and $last_day
