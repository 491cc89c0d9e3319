-- Everything of the offer's category that has been sold, from the day it is; products.sql says how a product is grouped.
with sold as (
    select upper(StockCode) as code, trim(Description) as description, InvoiceDate::date as day
    from read_parquet($folder || '/online_retail_2010_2011.parquet')
    where not starts_with(InvoiceNo, 'C') and Quantity > 0 and (UnitPrice > 0 or CustomerID is not null)
),

described as (
    select code, day, description, count(*) as lines
    from sold
    anti join read_csv($mapping || '/codes.csv', all_varchar = true) using (code)
    group by code, day, description
    qualify
        day = min(day) over (partition by code)
        and row_number() over (partition by code, day order by lines desc, description) = 1
),

grouped as (
    select code, any_value(day) as day, coalesce(min_by(category, rank), 'Other gifts') as category
    from described
    left join read_csv($mapping || '/words.csv') as word
        on regexp_matches(
            ' ' || regexp_replace(upper(description), '[^A-Z]+', ' ', 'g') || ' ', ' (' || word.words || ')S? '
        )
    group by code
),

scoped as (
    select
        offer_id,
        code as product_id,
        greatest(grouped.day, valid_from - $offer_lead_days, $data_first_day) as day
    from read_csv($mapping || '/offers.csv', types = {'category': 'varchar'})
    inner join grouped using (category)
)

from scoped
where day between $first_day and $last_day
