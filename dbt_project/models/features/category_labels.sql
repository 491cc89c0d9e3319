with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

customer_categories as (

    select * from {{ ref('customer_categories') }}

),

category_days as (

    select * from {{ ref('int_customer_category_days') }}

),

find_orders as (

    select distinct
        as_of_days.day,
        category_days.customer_id,
        category_days.category
    from category_days
    inner join as_of_days
        on
            category_days.order_date >= as_of_days.day
            and category_days.order_date < {{ days_after("as_of_days.day", var("category_horizon_days")) }}
    where
        as_of_days.is_category_day
        and category_days.is_standing
        -- Categories as the catalogue names them on the as-of day: what is asked is known by that name.
        and (as_of_days.day <= category_days.superseded_on or category_days.superseded_on is null)

),

label_categories as (

    select
        customer_categories.day,
        customer_categories.customer_id,
        customer_categories.category,
        find_orders.category is not null as has_purchased,
        {{ days_after("customer_categories.day", var("category_horizon_days")) }} as label_closed_on
    from customer_categories
    inner join as_of_days on customer_categories.day = as_of_days.day
    left join find_orders
        on
            customer_categories.day = find_orders.day
            and customer_categories.customer_id = find_orders.customer_id
            and customer_categories.category = find_orders.category
    where
        as_of_days.is_category_day
        and {{ days_after("customer_categories.day", var("category_horizon_days")) }} <= {{ run_day() }}

)

select * from label_categories
