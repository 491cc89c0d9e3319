-- The lines of the invoices, in an order of their own, because the file has none. The shop's price is all that is known of a
-- line: no discount is recorded. A line that stands twice on an invoice was rung up twice.
-- Left out: fees and adjustments (codes.csv), and bookings of stock, which are invoices without any price or customer. Lines
-- that are wrong (a negative price, a negative quantity that is no return) go to quarantine.
with lines as (
    select
        *,
        row_number() over (
            partition by InvoiceNo order by upper(StockCode), Quantity, UnitPrice, Description nulls last, InvoiceDate
        ) as line_number,
        bool_or(UnitPrice <> 0) over (partition by InvoiceNo) as has_price,
        min(InvoiceDate) over (partition by InvoiceNo) as invoiced_at
    from read_parquet($folder || '/online_retail_2010_2011.parquet', file_row_number = true)
    where not starts_with(InvoiceNo, 'C')
),

codes as (
    from read_csv($mapping || '/codes.csv', all_varchar = true)
)

select
    InvoiceNo as order_id,
    line_number,
    upper(StockCode) as product_id,
    Quantity as quantity,
    (Quantity * UnitPrice)::decimal(18, 4) as net_amount,
    null::decimal(18, 4) as shelf_discount_amount,
    null::decimal(18, 4) as coupon_discount_amount,
    null::decimal(18, 4) as coupon_match_discount_amount,
    null::varchar as offer_id,
    'online_retail_2010_2011.parquet' as file,
    file_row_number + 1 as line,
    invoiced_at::date as day
from lines
left join codes on upper(StockCode) = codes.code
where
    invoiced_at::date between $first_day and $last_day
    and treatment is distinct from 'left out'
    and (has_price or CustomerID is not null)
