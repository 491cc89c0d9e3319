with

orders as (

    select * from {{ ref('stg_shop__orders') }}

),

order_items as (

    select * from {{ ref('stg_shop__order_items') }}

),

products as (

    select * from {{ ref('stg_shop__products') }}

),

returns as (

    select * from {{ ref('int_returns') }}

),

cost_lines as (

    select
        order_items.order_id,
        order_items.net_amount,
        cast(products.cost as double) * order_items.quantity as cost,
        {{ assumed_margin_rate("products.department") }} as assumed_margin_rate
    from order_items
    left join products on order_items.product_id = products.product_id

),

-- Decimals, because sums of doubles depend on the order of the rows.
sum_orders as (

    select
        order_id,
        sum(net_amount) as net_amount,
        sum(cast(
            case when cost is null then net_amount * assumed_margin_rate else net_amount - cost end as decimal(18, 6)
        )) as margin,
        -- What a unit of currency more would have left: all of it where the cost is known, else the assumed share.
        sum(cast(
            case when cost is null then net_amount * assumed_margin_rate else net_amount end as decimal(18, 6)
        )) as margin_of_price
    from cost_lines
    group by order_id

),

sum_days as (

    select
        orders.customer_id,
        orders.order_date,
        count(*) as order_count,
        cast(coalesce(sum(sum_orders.net_amount), 0) as double) as net_amount,
        cast(coalesce(sum(sum_orders.margin), 0) as double) as margin,
        cast(sum(sum_orders.margin_of_price) as double) as margin_of_price
    from orders
    left join sum_orders on orders.order_id = sum_orders.order_id
    where orders.customer_id is not null
    group by orders.customer_id, orders.order_date

),

sum_refunds as (

    select
        customer_id,
        refunded_date,
        cast(sum(refund_amount) as double) as refund_amount
    from returns
    where superseded_on is null
    group by customer_id, refunded_date

),

-- What came back goes back on the shelf: its margin is lost with it and its cost is not.
take_off_refunds as (

    select
        sum_days.customer_id,
        sum_days.order_date,
        sum_days.order_count,
        sum_days.net_amount * coalesce({{ kept_rate("sum_refunds.refund_amount", "sum_days.net_amount") }}, 1)
            as net_amount,
        sum_days.margin * coalesce({{ kept_rate("sum_refunds.refund_amount", "sum_days.net_amount") }}, 1) as margin,
        coalesce({{ ratio("sum_days.margin_of_price", "sum_days.net_amount") }}, 1) as price_margin_rate
    from sum_days
    left join sum_refunds
        on
            sum_days.customer_id = sum_refunds.customer_id
            and sum_days.order_date = sum_refunds.refunded_date

)

select * from take_off_refunds
