-- A redemption is delivered on the day it happened; on the day of a later change it comes as a correction, on the day it
-- was taken back as a deletion. The server joins the coupon, so that no coupon but these leaves it.
with delivered as (
    from postgres_query('shop', format($$
        select redemption.*, coupon.campaign_id, redemption.created_at as delivered_at
        from redemptions as redemption
        inner join coupons as coupon on coupon.id = redemption.coupon_id
        where redemption.created_at >= '{0}' and redemption.created_at < '{1}'
        union all
        select redemption.*, coupon.campaign_id, redemption.updated_at as delivered_at
        from redemptions as redemption
        inner join coupons as coupon on coupon.id = redemption.coupon_id
        where redemption.updated_at >= '{0}' and redemption.updated_at < '{1}'
    $$, $first_moment, $end_moment))
),

dated as (
    select
        *,
        (created_at at time zone $time_zone)::date as redemption_date,
        (delivered_at at time zone $time_zone)::date as day
    from delivered
    qualify row_number() over (partition by id, day order by delivered_at desc) = 1
),

changed as (
    select
        *,
        case
            when deleted_at <= delivered_at then 'deletion'
            when day > redemption_date then 'correction'
        end as change
    from dated
)

select
    id::varchar as redemption_id,
    customer_id::varchar as customer_id,
    coupon_id::varchar as offer_id,
    campaign_id::varchar as campaign_id,
    redemption_date,
    order_id::varchar as order_id,
    discount_amount,
    change,
    day
from changed
where redemption_date >= $data_first_day and (day > redemption_date or change is null)
