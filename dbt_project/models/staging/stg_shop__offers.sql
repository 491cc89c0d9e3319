with

versions as (

    select * from {{ ref('stg_shop__offer_versions') }}

),

newest_rows as (

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
    from versions
    where
        superseded_on is null
        and (
            campaign_id is null
            or campaign_id in (select campaigns.campaign_id from {{ ref('stg_shop__campaigns') }} as campaigns)
        )

)

select * from newest_rows
