-- A basket has one household, one store and one moment. Timestamps are UTC; weeks and days break at local midnight.
with baskets as (
    select
        basket_id,
        any_value(household_id) as household_id,
        any_value(store_id) as store_id,
        any_value(transaction_timestamp) as ordered_at
    from read_parquet($folder || '/transactions.parquet')
    where transaction_timestamp between $first_day - interval 1 day and $last_day + interval 2 days
    group by basket_id
),

dated as (
    select *, ((ordered_at at time zone 'UTC') at time zone $time_zone)::date as order_date
    from baskets
)

select
    basket_id as order_id,
    household_id as customer_id,
    ordered_at,
    order_date,
    'store' as channel,
    store_id,
    null::varchar as device_id,
    null::varchar as payment_id,
    order_date as day
from dated
where order_date between $first_day and $last_day
