-- A credit note (its number begins with C) takes goods back. It does not say from which order they are: the customer's latest
-- purchase of the product before it is taken, where there is one.
with lines as (
    select
        *,
        upper(StockCode) as product_id,
        row_number() over (
            partition by InvoiceNo order by upper(StockCode), Quantity, UnitPrice, Description nulls last, InvoiceDate
        ) as line_number
    from read_parquet($folder || '/online_retail_2010_2011.parquet', file_row_number = true)
),

codes as (
    from read_csv($mapping || '/codes.csv', all_varchar = true)
),

purchases as (
    select
        CustomerID,
        product_id,
        InvoiceDate,
        min(InvoiceNo) as order_id,
        min_by(line_number, (InvoiceNo, line_number)) as line_number
    from lines
    where not starts_with(InvoiceNo, 'C') and Quantity > 0 and CustomerID is not null
    group by CustomerID, product_id, InvoiceDate
),

returned as (
    select lines.*
    from lines
    left join codes on lines.product_id = codes.code
    where
        starts_with(InvoiceNo, 'C') and Quantity < 0
        and treatment is distinct from 'left out'
        and InvoiceDate::date between $first_day and $last_day
)

select
    returned.InvoiceNo || '-' || returned.line_number as return_id,
    purchases.order_id,
    purchases.line_number,
    returned.CustomerID::varchar as customer_id,
    returned.product_id,
    ((returned.InvoiceDate at time zone $time_zone) at time zone 'UTC') as returned_at,
    returned.InvoiceDate::date as return_date,
    -returned.Quantity as quantity,
    (-returned.Quantity * returned.UnitPrice)::decimal(18, 4) as refund_amount,
    'online_retail_2010_2011.parquet' as file,
    returned.file_row_number + 1 as line,
    returned.InvoiceDate::date as day
from returned
asof left join purchases
    on
        returned.CustomerID = purchases.CustomerID
        and returned.product_id = purchases.product_id
        and returned.InvoiceDate >= purchases.InvoiceDate
