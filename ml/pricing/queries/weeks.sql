-- Shelf price, units and what else was different, by product and whole week. Weeks begin on the weekday on which most
-- prices change: a week with two prices would show the mean of what was paid, which lies nearer to the lower one.
-- Sums are sums of decimals: those of doubles depend on the order of the rows, and a day run again would differ.
with

lines as (

    select
        product_id,
        order_date,
        units::decimal(18, 4) as units,
        (net_amount + coupon_discount_amount)::decimal(18, 4) as amount
    from intermediate.int_purchases
    where
        known_on < $day
        and (superseded_on is null or superseded_on >= $day)
        and order_date >= $day::date - 7 * $weeks::integer
        and order_date < $day

),

daily_prices as (

    select
        product_id,
        order_date,
        sum(amount)::double / sum(units)::double as price,
        lag(sum(amount)::double / sum(units)::double) over of_product as price_before,
        order_date - lag(order_date) over of_product as days_between
    from lines
    group by product_id, order_date
    having sum(units) > 0 and sum(amount) > 0
    window of_product as (partition by product_id order by order_date)

),

changes as (

    select
        isodow(order_date) as weekday,
        count(*) as changes
    from daily_prices
    where days_between = 1 and abs(ln(price / price_before)) > 0.01
    group by all

),

starts as (

    select coalesce(arg_max(weekday, (changes, -weekday)), isodow($day::date)) as weekday
    from changes

),

calendar as (

    select
        days.order_date as date_day,
        days.order_date - ((isodow(days.order_date) - starts.weekday + 7) % 7)::integer as ds
    from (
        select unnest(range($day::date - 7 * $weeks::integer, $day::date, interval 1 day))::date as order_date
    ) as days
    cross join starts
    qualify count(*) over (partition by ds) = 7

),

sums as (

    select
        product_id,
        calendar.ds,
        sum(units)::double as units,
        sum(amount)::double / sum(units)::double as price
    from lines
    inner join calendar on lines.order_date = calendar.date_day
    group by all
    having sum(units) > 0 and sum(amount) > 0

),

spans as (

    select
        product_id,
        min(ds) as first_ds,
        max(ds) as last_ds
    from sums
    group by product_id

),

-- A product is on sale from its first to its last sale, and four weeks longer.
on_sale as (

    select
        spans.product_id,
        weeks.ds
    from spans
    inner join (select distinct ds from sums) as weeks
        on weeks.ds between spans.first_ds and spans.last_ds + 28

),

stock_outs as (

    select
        product_id,
        calendar.ds,
        avg((units_on_hand <= 0)::integer) as out_of_stock_rate
    from staging.stg_shop__stock
    inner join calendar on stock_date = calendar.date_day
    where stock_date < $day and day < $day
    group by all

),

placements as (

    select distinct
        on_sale.product_id,
        on_sale.ds
    from on_sale
    inner join staging.stg_shop__store_promotions as promotions
        on
            on_sale.product_id = promotions.product_id
            and promotions.start_date <= on_sale.ds + 6
            and promotions.end_date >= on_sale.ds
    where promotions.day < $day

),

competitors as (

    select
        product_id,
        calendar.ds,
        ln(sum(price::decimal(18, 6))::double / count(*)) as competitor_price
    from staging.stg_shop__competitor_prices
    inner join calendar on price_date = calendar.date_day
    where price_date < $day and day < $day and price > 0
    group by all

)

select
    on_sale.product_id as unique_id,
    coalesce(products.category, '') as category,
    on_sale.ds,
    sums.price,
    coalesce(sums.units, 0) as units,
    (placements.product_id is not null)::integer as is_placed,
    competitors.competitor_price
from on_sale
inner join intermediate.int_known_products as products
    on on_sale.product_id = products.product_id and products.day = $day
left join sums
    on on_sale.product_id = sums.product_id and on_sale.ds = sums.ds
left join stock_outs
    on on_sale.product_id = stock_outs.product_id and on_sale.ds = stock_outs.ds
left join placements
    on on_sale.product_id = placements.product_id and on_sale.ds = placements.ds
left join competitors
    on on_sale.product_id = competitors.product_id and on_sale.ds = competitors.ds
where coalesce(stock_outs.out_of_stock_rate, 0) <= $out_of_stock_rate
order by unique_id, on_sale.ds
