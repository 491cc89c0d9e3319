"""What redemptions cost the shop: one definition for budgets and for results."""

from typing import Any

from ml import parameters

# The recorded discount, else the face value; percent offers without a record are taken of the shop's mean basket.
# A decimal, because sums of doubles depend on the order of the rows.
BY_PAYER = """
    select
        redemptions.redemption_id,
        redemptions.customer_id,
        redemptions.offer_id,
        redemptions.redemption_date,
        coalesce(redemptions.campaign_id, offers.campaign_id, '') as campaign_id,
        redemptions.discount_amount is not null as is_recorded,
        (coalesce(redemptions.discount_amount, least(offers.max_discount, case offers.discount_type
            when 'percent' then offers.discount_value / 100 * baskets.amount
            when 'points' then offers.discount_value * $point_value
            else offers.discount_value
        end)) * {share})::decimal(18, 6) as discount
    from staging.stg_shop__redemptions as redemptions
    left join (
        select * from staging.stg_shop__offers qualify row_number() over (partition by offer_id order by day desc) = 1
    ) as offers on redemptions.offer_id = offers.offer_id
    cross join (
        select avg(net_amount) as amount from (
            select sum(net_amount) as net_amount from staging.stg_shop__order_items group by order_id
        )
    ) as baskets
"""
SHOP_SHARE = "coalesce(offers.shop_funded_rate, $default_shop_funded_rate)"
DISCOUNTS = BY_PAYER.format(share=SHOP_SHARE)
PARTNER_DISCOUNTS = BY_PAYER.format(share=f"(1 - {SHOP_SHARE})")


def discount_terms() -> dict[str, Any]:
    """The parameters of DISCOUNTS and PARTNER_DISCOUNTS."""
    shop = parameters.load().shop
    return {"point_value": shop.point_value, "default_shop_funded_rate": shop.default_shop_funded_rate}
