-- What the campaign managers set: offers.csv. A category's name scopes an offer (offer_products.sql); without one it is for
-- everything.
with planned as (
    select *, greatest(valid_from - $offer_lead_days, $data_first_day) as day
    from read_csv($mapping || '/offers.csv', types = {
        'category': 'varchar', 'audience': 'varchar', 'min_basket': 'decimal(18, 4)', 'max_discount': 'decimal(18, 4)',
        'discount_value': 'decimal(18, 4)', 'issue_limit': 'bigint', 'per_customer_limit': 'bigint'
    })
)

select
    offer_id,
    campaign_id,
    offer_type,
    title,
    discount_type,
    discount_value,
    discount_value_method,
    min_basket,
    max_discount,
    category as scope_name,
    valid_from,
    valid_until,
    channel,
    audience,
    issue_limit,
    per_customer_limit,
    null::double as shop_funded_rate,
    null::varchar as partner,
    day
from planned
where day between $first_day and $last_day
