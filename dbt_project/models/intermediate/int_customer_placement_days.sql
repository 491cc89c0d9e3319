with

purchases as (

    select * from {{ ref('int_purchases') }}

),

placed_purchases as (

    select * from {{ ref('int_placed_purchases') }}

),

join_placements as (

    select
        purchases.customer_id,
        purchases.order_date,
        purchases.net_amount,
        least(purchases.superseded_on, placed_purchases.display_superseded_on) as display_superseded_on,
        least(purchases.superseded_on, placed_purchases.mailer_superseded_on) as mailer_superseded_on,
        greatest(purchases.known_on, placed_purchases.display_known_on) as display_known_on,
        greatest(purchases.known_on, placed_purchases.mailer_known_on) as mailer_known_on,
        placed_purchases.display_known_on is not null as is_displayed,
        placed_purchases.mailer_known_on is not null as is_in_mailer
    from purchases
    inner join placed_purchases
        on
            purchases.product_id = placed_purchases.product_id
            and purchases.store_id = placed_purchases.store_id
            and purchases.order_date = placed_purchases.order_date
    where purchases.customer_id is not null

),

collect_amounts as (

    select
        customer_id,
        order_date,
        display_known_on as known_on,
        display_superseded_on as superseded_on,
        net_amount as display_net_amount,
        0 as mailer_net_amount
    from join_placements
    where is_displayed
    union all
    select
        customer_id,
        order_date,
        mailer_known_on as known_on,
        mailer_superseded_on as superseded_on,
        0 as display_net_amount,
        net_amount as mailer_net_amount
    from join_placements
    where is_in_mailer

),

sum_amounts as (

    select
        customer_id,
        order_date,
        known_on,
        superseded_on,
        sum(display_net_amount) as display_net_amount,
        sum(mailer_net_amount) as mailer_net_amount
    from collect_amounts
    group by customer_id, order_date, known_on, superseded_on

)

select * from sum_amounts
