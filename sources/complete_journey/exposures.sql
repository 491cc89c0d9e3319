-- Every household of a campaign is taken as exposed to every coupon of it when the campaign starts. Nobody recorded with
-- what probability or in which arm: both stay NULL. Exposures before the first day are delivered on it, dated as they were.
with coupons as (
    select distinct campaign_id, coupon_upc
    from read_parquet($folder || '/coupons.parquet')
),

started as (
    select
        campaign_id,
        start_date::date as exposure_date,
        (start_date at time zone $time_zone) at time zone 'UTC' as exposed_at,
        greatest(start_date::date, $data_first_day) as day
    from read_parquet($folder || '/campaign_descriptions.parquet')
)

select
    mailed.household_id as customer_id,
    coupon.campaign_id || '-' || coupon.coupon_upc as offer_id,
    campaign.campaign_id,
    campaign.exposed_at,
    campaign.exposure_date,
    'mail' as channel,
    null::varchar as arm,
    null::double as probability,
    campaign.day
from started as campaign
inner join coupons as coupon using (campaign_id)
inner join read_parquet($folder || '/campaigns.parquet') as mailed using (campaign_id)
where campaign.day between $first_day and $last_day
