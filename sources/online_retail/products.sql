-- A product is delivered on the day it is first sold, under the description most of that day's lines carry: a later day would
-- know more and change what has been delivered. Codes differ in case only by accident.
-- The shop has no catalogue: words.csv groups the descriptions, the first line with a matching word wins.
with sold as (
    select upper(StockCode) as code, trim(Description) as description, UnitPrice, InvoiceDate::date as day
    from read_parquet($folder || '/online_retail_2010_2011.parquet')
    where not starts_with(InvoiceNo, 'C') and Quantity > 0 and (UnitPrice > 0 or CustomerID is not null)
),

described as (
    select code, day, description, count(*) as lines, min(UnitPrice) as price
    from sold
    group by code, day, description
    qualify
        day = min(day) over (partition by code)
        and row_number() over (partition by code, day order by lines desc, description) = 1
),

grouped as (
    select code, min_by(category, rank) as category, min_by(department, rank) as department
    from described
    inner join read_csv($mapping || '/words.csv') as word
        on regexp_matches(
            ' ' || regexp_replace(upper(description), '[^A-Z]+', ' ', 'g') || ' ', ' (' || word.words || ')S? '
        )
    group by code
)

select
    code as product_id,
    coalesce(codes.name, upper(description[1]) || lower(description[2:]), code) as name,
    if(codes.code is null, coalesce(department, 'Other'), 'Charges') as department,
    if(codes.code is null, coalesce(category, 'Other gifts'), 'Charges') as category,
    null::varchar as subcategory,
    null::varchar as brand,
    null::varchar as brand_type,
    null::varchar as package_size,
    'piece' as unit,
    null::decimal(18, 4) as list_price,
    null::decimal(18, 4) as cost,
    null::date as launched_on,
    day
from described
left join grouped using (code)
left join read_csv($mapping || '/codes.csv', all_varchar = true) as codes using (code)
where day between $first_day and $last_day and treatment is distinct from 'left out'
