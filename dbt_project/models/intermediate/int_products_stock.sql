with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}

),

stock as (

    select * from {{ ref('stg_shop__stock') }}

),

rank_counts as (

    select
        as_of_days.day,
        stock.product_id,
        stock.store_id,
        stock.units_on_hand,
        row_number() over (
            partition by as_of_days.day, stock.product_id, stock.store_id
            order by stock.stock_date desc
        ) as recency
    from stock
    inner join as_of_days
        on
            stock.day < as_of_days.day
            and stock.stock_date < as_of_days.day
            and {{ is_within("stock.stock_date", 28) }}
    where as_of_days.is_interaction_day

),

sum_stores as (

    select
        day,
        product_id,
        sum(cast(units_on_hand as decimal(18, 4))) as units_on_hand
    from rank_counts
    where recency = 1
    group by day, product_id

)

select * from sum_stores
