-- Today's shelf price of what sold lately, with what guardrails ask of it: cost, age, prices seen, competitors, offers.
with

lines as (

    select
        product_id,
        order_date,
        round(((net_amount + coupon_discount_amount) / units)::double, 2) as price
    from intermediate.int_purchases
    where
        known_on < $day
        and (superseded_on is null or superseded_on >= $day)
        and order_date >= $day::date - 7 * $weeks::integer
        and order_date < $day
        and units > 0
        and net_amount + coupon_discount_amount > 0

),

daily_prices as (

    select
        product_id,
        order_date,
        round(median(price), 2) as price,
        min(price) as lowest_price
    from lines
    group by all

),

newest as (

    select
        product_id,
        arg_max(price, order_date) as price,
        max(order_date) as last_sold_on,
        min(price) as lowest_price,
        max(price) as highest_price,
        min(lowest_price) filter (order_date >= $day::date - $notice_days::integer) as lowest_price_last_30_days
    from daily_prices
    group by product_id
    having max(order_date) >= $day::date - $sold_within_days::integer

),

others as (

    select
        newest.product_id,
        max(daily_prices.order_date) as last_other_on
    from newest
    inner join daily_prices
        on
            newest.product_id = daily_prices.product_id
            and abs(ln(daily_prices.price / newest.price)) > 0.01
    group by all

),

-- A price is as old as its first sale: it may be older, never younger.
ages as (

    select
        others.product_id,
        $day::date - min(daily_prices.order_date) as days_since_change
    from others
    inner join daily_prices
        on
            others.product_id = daily_prices.product_id
            and others.last_other_on < daily_prices.order_date
    group by all

),

-- An offer without products of its own, whose product is null here, applies to everything.
personalised as (

    select distinct scope.product_id
    from staging.stg_shop__offers as offers
    left join staging.stg_shop__offer_products as scope on offers.offer_id = scope.offer_id and scope.day < $day
    where
        offers.day < $day
        and offers.valid_from <= $day
        and offers.valid_until >= $day

)

select
    newest.product_id as unique_id,
    coalesce(products.category, '') as category,
    newest.price,
    coalesce(known.unit_cost::double, newest.price * (1 - products.margin_rate)) as cost,
    known.unit_cost is null as is_cost_assumed,
    ages.days_since_change::double as days_since_change,
    newest.lowest_price,
    newest.highest_price,
    newest.lowest_price_last_30_days,
    products.price / products.competitor_price_index as competitor_price,
    personalised.product_id is not null
    or exists (select 1 from personalised as everywhere where everywhere.product_id is null) as is_personalised
from newest
inner join features.products as products
    on newest.product_id = products.product_id and products.day = $day
inner join intermediate.int_known_products as known
    on newest.product_id = known.product_id and known.day = $day
left join ages on newest.product_id = ages.product_id
left join personalised on newest.product_id = personalised.product_id
where
    not coalesce(list_contains($departments::varchar[], products.department), false)
    and not coalesce(list_contains($categories::varchar[], products.category), false)
order by unique_id
