-- What customers bought and brought back, in lines with revenue and margin. A return is a line below zero on the day its
-- order was made, or on its own day where the order is not known. Decimals, because sums of doubles depend on the order
-- of the rows.
with goods as (
    select
        products.product_id,
        products.cost as unit_cost,
        described.category,
        coalesce(described.margin_rate, $default_margin_rate) as margin_rate,
        coalesce(described.margin_rate_is_assumed, true) as is_assumed
    from staging.stg_shop__products as products
    left join features.products as described on described.day = $day and products.product_id = described.product_id
),

-- Where cost is not known the margin rate is one of the price before discounts: a discount comes off the margin in full.
bought as (
    select
        orders.customer_id,
        orders.order_date,
        orders.order_id,
        items.product_id,
        goods.category,
        items.net_amount::decimal(18, 6) as revenue,
        (items.net_amount::double - coalesce(
            case when not goods.is_assumed then items.quantity * goods.unit_cost::double end,
            (1 - coalesce(goods.margin_rate, $default_margin_rate)) * (
                items.net_amount
                + coalesce(items.coupon_discount_amount, 0)
                + coalesce(items.coupon_match_discount_amount, 0)
            )::double
        ))::decimal(18, 6) as margin
    from staging.stg_shop__orders as orders
    inner join staging.stg_shop__order_items as items on orders.order_id = items.order_id
    left join goods on items.product_id = goods.product_id
    where orders.customer_id is not null and orders.order_date < $day
),

brought_back as (
    select
        coalesce(returns.customer_id, orders.customer_id) as customer_id,
        coalesce(orders.order_date, returns.return_date) as order_date,
        null as order_id,
        returns.product_id,
        goods.category,
        -returns.refund_amount::decimal(18, 6) as revenue,
        (-returns.refund_amount::double * coalesce(goods.margin_rate, $default_margin_rate))::decimal(18, 6) as margin
    from staging.stg_shop__returns as returns
    left join staging.stg_shop__orders as orders on returns.order_id = orders.order_id
    left join goods on returns.product_id = goods.product_id
    where returns.return_date < $day
)

from bought
union all
from brought_back
where customer_id is not null
