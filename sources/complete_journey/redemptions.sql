-- The data do not say which basket a coupon was used in, nor what it took off.
select
    concat_ws('-', campaign_id, coupon_upc, household_id, strftime(redemption_date, '%Y%m%d')) as redemption_id,
    household_id as customer_id,
    campaign_id || '-' || coupon_upc as offer_id,
    campaign_id,
    redemption_date::date as redemption_date,
    null::varchar as order_id,
    null::decimal(18, 4) as discount_amount,
    redemption_date::date as day
from read_parquet($folder || '/coupon_redemptions.parquet')
where redemption_date::date between $first_day and $last_day
