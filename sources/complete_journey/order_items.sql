-- Lines without a quantity break the contract and go to quarantine; goods given away (no sales value) are kept.
with lines as (
    from read_parquet($folder || '/transactions.parquet')
    where transaction_timestamp between $first_day - interval 1 day and $last_day + interval 2 days
),

baskets as (
    select
        basket_id,
        ((any_value(transaction_timestamp) at time zone 'UTC') at time zone $time_zone)::date as order_date
    from lines
    group by basket_id
)

select
    line.basket_id as order_id,
    row_number() over (partition by line.basket_id order by line.product_id) as line_number,
    line.product_id,
    line.quantity,
    line.sales_value as net_amount,
    line.retail_disc as shelf_discount_amount,
    line.coupon_disc as coupon_discount_amount,
    line.coupon_match_disc as coupon_match_discount_amount,
    null::varchar as offer_id,
    basket.order_date as day
from lines as line
inner join baskets as basket using (basket_id)
where basket.order_date between $first_day and $last_day
