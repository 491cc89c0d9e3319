-- An invoice is an order: one customer, one country. A few were rung up over two minutes; they count from the first.
-- Times are the shop's clock. Invoices that only book stock or fees (see order_items.sql) are no orders.
with lines as (
    select
        *,
        bool_or(UnitPrice <> 0) over (partition by InvoiceNo) as has_price,
        min(InvoiceDate) over (partition by InvoiceNo) as invoiced_at
    from read_parquet($folder || '/online_retail_2010_2011.parquet')
    where not starts_with(InvoiceNo, 'C')
),

codes as (
    from read_csv($mapping || '/codes.csv', all_varchar = true)
)

select
    InvoiceNo as order_id,
    any_value(CustomerID)::varchar as customer_id,
    ((any_value(invoiced_at) at time zone $time_zone) at time zone 'UTC') as ordered_at,
    any_value(invoiced_at)::date as order_date,
    'web' as channel,
    null::varchar as store_id,
    null::varchar as device_id,
    null::varchar as payment_id,
    any_value(invoiced_at)::date as day
from lines
left join codes on upper(StockCode) = codes.code
where
    invoiced_at::date between $first_day and $last_day
    and treatment is distinct from 'left out'
    and (has_price or CustomerID is not null)
group by InvoiceNo
