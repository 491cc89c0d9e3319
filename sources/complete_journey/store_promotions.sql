-- Weeks run Monday to Sunday; the first is cut short by the first day. Assumption placement_lead_days: placements are known
-- that long before their week. 12,785 placements are listed twice, once without the display: the row that says more wins.
with weeks as (
    select
        week,
        greatest(date_trunc('week', $data_first_day)::date + 7 * (week - 1)::integer, $data_first_day) as start_date,
        date_trunc('week', $data_first_day)::date + 7 * (week - 1)::integer + 6 as end_date
    from range(1, 54) as weeks(week)
),

delivered as (
    select *, greatest(start_date - $placement_lead_days, $data_first_day) as day
    from weeks
),

wanted as (
    from delivered
    where day between $first_day and $last_day
),

placements as (
    from read_parquet($folder || '/promotions.parquet')
    where week between (select min(week) from wanted) and (select max(week) from wanted)
),

merged as (
    select
        week,
        product_id,
        store_id,
        nullif(max(display_location), '0') as display_location,
        nullif(max(mailer_location), '0') as mailer_location
    from placements
    group by week, product_id, store_id
)

select
    placement.product_id,
    placement.store_id,
    week.start_date,
    week.end_date,
    placement.display_location,
    placement.mailer_location,
    week.day
from merged as placement
inner join wanted as week using (week)
