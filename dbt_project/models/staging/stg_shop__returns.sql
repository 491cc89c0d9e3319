with

source as (

    select * from {{ source('landing', 'returns') }}

),

known_rows as (

    select
        return_id,
        order_id,
        line_number,
        customer_id,
        product_id,
        returned_at,
        return_date,
        quantity,
        refund_amount,
        day
    from source
    where day < {{ run_day() }}

)

select * from known_rows
