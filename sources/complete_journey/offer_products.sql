-- The coupon list repeats some products of a coupon; one row each.
select distinct
    coupon.campaign_id || '-' || coupon.coupon_upc as offer_id,
    coupon.product_id,
    greatest(campaign.start_date::date - $offer_lead_days, $data_first_day) as day
from read_parquet($folder || '/coupons.parquet') as coupon
inner join read_parquet($folder || '/campaign_descriptions.parquet') as campaign using (campaign_id)
where greatest(campaign.start_date::date - $offer_lead_days, $data_first_day) between $first_day and $last_day
