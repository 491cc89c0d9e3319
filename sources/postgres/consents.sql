-- The table holds the newest word of each customer and channel; what was said before is lost.
select
    customer_id::varchar as customer_id,
    channel,
    is_granted,
    changed_at at time zone 'UTC' as changed_at,
    greatest((changed_at at time zone $time_zone)::date, $data_first_day) as day
from shop.consents
where changed_at >= $backlog_moment and changed_at < $end_moment
