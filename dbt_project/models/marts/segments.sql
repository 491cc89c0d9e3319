with

customer_segments as (

    select * from {{ source('ml', 'customer_segments') }}

),

customers as (

    select * from {{ ref('customers') }}

),

todays_customers as (

    select
        customer_segments.day,
        customer_segments.segment,
        customer_segments.run_id,
        customers.days_since_last_order,
        customers.orders_last_365_days,
        cast(customers.net_amount_last_365_days as double) as net_amount,
        customers.mean_basket_amount,
        customers.discount_share_rate
    from customer_segments
    inner join customers
        on
            customer_segments.day = customers.day
            and customer_segments.customer_id = customers.customer_id
    where customer_segments.day = {{ run_day() }}

),

count_customers as (

    select count(*) as customer_count from todays_customers

),

describe_segments as (

    select
        todays_customers.day,
        todays_customers.segment,
        count(*) as customer_count,
        {{ ratio("count(*)", "max(count_customers.customer_count)") }} as customer_share,
        cast(median(todays_customers.days_since_last_order) as double) as median_recency_days,
        cast(median(todays_customers.orders_last_365_days) as double) as median_orders,
        cast(median(todays_customers.net_amount) as double) as median_net_amount,
        cast(median(todays_customers.mean_basket_amount) as double) as median_basket_amount,
        avg(todays_customers.discount_share_rate) as mean_discount_share_rate,
        max(todays_customers.run_id) as run_id
    from todays_customers
    cross join count_customers
    group by todays_customers.day, todays_customers.segment

)

select * from describe_segments
