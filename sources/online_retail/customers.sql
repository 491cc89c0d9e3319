-- A customer is delivered on the day it is first seen, with the country of its first invoice.
with seen as (
    select
        CustomerID,
        min(InvoiceDate)::date as day,
        min_by(Country, (InvoiceDate, InvoiceNo)) as country
    from read_parquet($folder || '/online_retail_2010_2011.parquet')
    where CustomerID is not null
    group by CustomerID
)

select
    CustomerID::varchar as customer_id,
    null::timestamp as registered_at,
    null::varchar as age_band,
    null::varchar as income_band,
    null::varchar as household_size,
    null::varchar as household_composition,
    null::varchar as marital_status,
    null::varchar as home_ownership,
    null::varchar as children_count,
    nullif(country, 'Unspecified') as region,
    null::varchar as acquisition_channel,
    null::varchar as name,
    null::varchar as email,
    null::varchar as phone,
    null::varchar as address,
    day
from seen
where day between $first_day and $last_day
