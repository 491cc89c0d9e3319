-- One count per product, place and day.
select
    product_id::varchar as product_id,
    store_id,
    counted_on as stock_date,
    units_on_hand,
    units_on_order,
    lead_time_days,
    counted_on as day
from shop.stock_levels
where counted_on >= $first_day and counted_on <= $last_day
