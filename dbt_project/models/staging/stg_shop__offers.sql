with

source as (

    select * from {{ source('landing', 'offers') }}

),

known_rows as (

    select
        offer_id,
        campaign_id,
        offer_type,
        title,
        discount_type,
        discount_value,
        discount_value_method,
        min_basket,
        max_discount,
        scope_name,
        valid_from,
        valid_until,
        channel,
        audience,
        issue_limit,
        per_customer_limit,
        shop_funded_rate,
        partner,
        day
    from source
    where day < {{ run_day() }}

)

select * from known_rows
