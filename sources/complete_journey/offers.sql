-- A coupon of a campaign is an offer. Its face value is nowhere in the data: it is the median of the coupon discounts given on
-- one line before the offer was known, looked for in its products, then their categories, departments, and the whole shop.
with coupons as (
    select distinct
        coupon.campaign_id || '-' || coupon.coupon_upc as offer_id,
        coupon.campaign_id,
        coupon.product_id,
        greatest(campaign.start_date::date - $offer_lead_days, $data_first_day) as day
    from read_parquet($folder || '/coupons.parquet') as coupon
    inner join read_parquet($folder || '/campaign_descriptions.parquet') as campaign using (campaign_id)
),

scope as (
    select coupon.*, product.product_category as category, product.department
    from coupons as coupon
    left join read_parquet($folder || '/products.parquet') as product using (product_id)
    where coupon.day between $first_day and $last_day
),

discounts as (
    select
        product_id,
        product.product_category as category,
        product.department,
        line.coupon_disc as amount,
        ((line.transaction_timestamp at time zone 'UTC') at time zone $time_zone)::date as given_on
    from read_parquet($folder || '/transactions.parquet') as line
    left join read_parquet($folder || '/products.parquet') as product using (product_id)
    where line.coupon_disc > 0 and line.quantity > 0
),

widths as (
    select offer_id, 1 as width, discount.amount
    from scope inner join discounts as discount using (product_id)
    where discount.given_on < scope.day

    union all

    select offer_id, 2 as width, discount.amount
    from (select distinct offer_id, day, category from scope) as scope
    inner join discounts as discount using (category)
    where discount.given_on < scope.day

    union all

    select offer_id, 3 as width, discount.amount
    from (select distinct offer_id, day, department from scope) as scope
    inner join discounts as discount using (department)
    where discount.given_on < scope.day

    union all

    select offer_id, 4 as width, discount.amount
    from (select distinct offer_id, day from scope) as scope
    inner join discounts as discount on discount.given_on < scope.day
),

medians as (
    select offer_id, width, round(median(amount), 2) as face_value
    from widths
    group by offer_id, width
    having count(*) >= $enough_discounts
),

face_values as (
    select offer_id, min(width) as width, min_by(face_value, width) as face_value
    from medians
    group by offer_id
),

words as (
    select map(list(word), list(meaning)) as meanings
    from read_csv($mapping || '/words.csv')
),

-- Lines of the till that are no goods are part of many scopes and of no scope's name.
categories as (
    select offer_id, category, count(*) as product_count
    from scope
    where category is not null and category not in ('COUPON', 'COUPON/MISC ITEMS', 'COUPONS/STORE & MFG')
    group by all
),

spelled as (
    select
        category,
        list_aggregate(
            list_transform(
                regexp_extract_all(category, '[A-Z]+|[^A-Z]+'),
                lambda part: coalesce(words.meanings[part], part[1] || lower(part[2:]))
            ),
            'string_agg', ''
        ) as name
    from (select distinct category from categories)
    cross join words
),

named as (
    select categories.*, coalesce(category_name.name, spelled.name) as category_name
    from categories
    inner join spelled using (category)
    left join read_csv($mapping || '/categories.csv') as category_name on categories.category = category_name.code
),

descriptions as (
    select
        offer_id,
        list(category_name order by product_count desc, category_name) as names,
        format('{:,}', sum(product_count)::bigint) || if(sum(product_count) > 1, ' products', ' product') as products
    from named
    group by offer_id
),

scope_names as (
    select
        offer_id,
        case
            when len(names) > 3
                then products || ' in ' || len(names) || ' categories, such as ' || names[1] || ' and ' || names[2]
            when len(names) > 1
                then list_aggregate(names[:-2], 'string_agg', ', ') || ' and ' || names[-1] || ' (' || products || ')'
            else names[1] || ' (' || products || ')'
        end as scope_name
    from descriptions
),

valued as (
    select
        campaign.campaign_id,
        offer_id,
        coupon.day,
        coalesce(scope_names.scope_name, 'Selected products') as scope_name,
        coalesce(face_values.face_value, $default_face_value)::decimal(18, 2) as discount_value,
        case face_values.width
            when 1 then 'derived: median coupon discount on its products'
            when 2 then 'derived: median coupon discount in its categories'
            when 3 then 'derived: median coupon discount in its departments'
            when 4 then 'derived: median coupon discount in the shop'
            else 'assumed: no coupon discount known yet'
        end as discount_value_method,
        campaign.start_date::date as valid_from,
        campaign.end_date::date as valid_until
    from (select distinct offer_id, campaign_id, day from scope) as coupon
    inner join read_parquet($folder || '/campaign_descriptions.parquet') as campaign using (campaign_id)
    left join face_values using (offer_id)
    left join scope_names using (offer_id)
)

select
    offer_id,
    campaign_id,
    'coupon' as offer_type,
    '$' || discount_value || ' off ' || scope_name as title,
    'amount' as discount_type,
    discount_value,
    discount_value_method,
    null::decimal(18, 4) as min_basket,
    null::decimal(18, 4) as max_discount,
    scope_name,
    valid_from,
    valid_until,
    'mail' as channel,
    null::varchar as audience,
    null::bigint as issue_limit,
    null::bigint as per_customer_limit,
    null::double as shop_funded_rate,
    null::varchar as partner,
    day
from valued
