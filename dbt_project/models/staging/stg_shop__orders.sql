with

versions as (

    select * from {{ ref('stg_shop__order_versions') }}

),

newest_rows as (

    select
        order_id,
        customer_id,
        ordered_at,
        order_date,
        channel,
        store_id,
        device_id,
        payment_id,
        day
    from versions
    where superseded_on is null

)

select * from newest_rows
