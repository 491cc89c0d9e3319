-- Every customer ever decided on, with what they bought before and in each week since; nobody's lot plays a part in who is
-- here. Points and gifts are paid later: they come off here, because the orders do not tell of them.
with customers as (
    select customer_id, min(day) as first_day from ml.decisions where day < $day group by customer_id
),

start as (
    select min(first_day) as first_day from customers
),

offers as (
    select * from staging.stg_shop__offers qualify row_number() over (partition by offer_id order by day desc) = 1
),

lines as ({lines}),

discounts as ({discounts}),

amounts as (
    select customer_id, order_date, order_id, revenue, margin, 0::decimal(18, 6) as cost from lines
    union all
    select
        discounts.customer_id,
        discounts.redemption_date,
        null,
        0,
        case when offers.discount_type in ('points', 'gift') then -discounts.discount else 0 end,
        discounts.discount
    from discounts
    left join offers on discounts.offer_id = offers.offer_id
    where discounts.redemption_date < $day
)

select
    customers.customer_id,
    customers.first_day,
    case when amounts.order_date >= customers.first_day then (amounts.order_date - start.first_day) // 7 else -1 end
        as week,
    count(distinct amounts.order_id)::double as orders,
    coalesce(sum(amounts.revenue), 0)::double as revenue,
    coalesce(sum(amounts.margin), 0)::double as earned,
    coalesce(sum(amounts.cost), 0)::double as cost
from customers
cross join start
left join amounts
    on customers.customer_id = amounts.customer_id and amounts.order_date >= customers.first_day - $before_days
group by all
order by customers.customer_id, week
