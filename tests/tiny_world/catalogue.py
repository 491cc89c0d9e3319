"""What the shop of the tiny world knows: customers, products, campaigns, offers, stock, placements, prices."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from tests.tiny_world.people import (
    CAMPAIGN_DAYS,
    CAMPAIGN_STARTS,
    CATEGORIES,
    CUSTOMERS,
    DAYS,
    DEPARTMENTS,
    LEAD_DAYS,
    PRODUCTS,
    Customer,
    Product,
    on,
    products_of,
)

ZONE = ZoneInfo("Europe/Berlin")
Row = dict[str, Any]
Rows = dict[str, list[Row]]


def utc(day: int, hour: int, minute: int = 0) -> str:
    """A moment of the shop's local day as the files say it."""
    local = datetime.combine(on(day), time(hour, minute), ZONE)
    return local.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%d %H:%M:%S")


def add_customers(rows: Rows) -> None:
    for customer in CUSTOMERS:
        number = customer.number
        rows["customers"].append(
            {
                "customer_id": customer.shop_id,
                "registered_at": utc(0, 8),
                "age_band": ("18-34", "35-54", "55+")[number % 3],
                "income_band": ("low", "middle", "high")[number // 3 % 3],
                "household_size": str(1 + number % 4),
                "region": ("north", "south")[number % 2],
                "acquisition_channel": ("store", "web", "app")[number % 3],
                "name": f"Name {number} of Nowhere",
                "email": f"customer{number}@example.org",
                "phone": f"+49-555-{number:05}",
                "address": f"{number} Example Street",
                "day": on(0),
            }
        )
        for channel in ("mail", "app"):
            add_consent(rows, customer, channel, number % 10 != 0, 0)
    add_consent(rows, CUSTOMERS[0], "mail", False, 60)  # changed her mind
    rows["customers"].append(rows["customers"][1] | {"region": "west", "day": on(70)})  # moved


def add_consent(rows: Rows, customer: Customer, channel: str, is_granted: bool, day: int) -> None:
    consent = {"customer_id": customer.shop_id, "channel": channel, "is_granted": str(is_granted).lower()}
    rows["consents"].append(consent | {"changed_at": utc(day, 8), "day": on(day)})


def add_catalogue(rows: Rows) -> None:
    for product in PRODUCTS:
        entry = {
            "product_id": product.id,
            "name": f"{product.category.capitalize()} no. {product.number}",
            "department": DEPARTMENTS.get(product.category, "pantry"),
            "category": product.category,
            "subcategory": f"{product.category} {product.number % 2}",
            "brand": f"brand {product.number % 4}",
            "brand_type": "private" if product.number % 4 == 0 else "national",
            "unit": "weight" if product.category == "apples" else "piece",
            "list_price": product.price,
            "cost": round(0.7 * product.price, 2) if product.number % 2 else "",
            "launched_on": on(0),
            "day": on(0),
        }
        rows["products"].append(entry)
        if product.number % 10 == 0:
            rows["products"].append(entry | {"list_price": product.price + 0.5, "day": on(80)})
    for week in range(0, DAYS, 7):
        add_week(rows, week)


def add_week(rows: Rows, week: int) -> None:
    """Stock and prices seen elsewhere are counted once a week; the week's placements are known three days before."""
    for product in PRODUCTS:
        for store in ("s1", "s2"):
            stock = {"product_id": product.id, "store_id": store, "stock_date": on(week), "lead_time_days": 3}
            stock |= {"units_on_hand": 20 + (product.number * week) % 60, "units_on_order": product.number % 5}
            rows["stock"].append(stock | {"day": on(week)})
        seen = {"product_id": product.id, "competitor": "corner shop", "price_date": on(week)}
        price = round(product.price * (0.9 + 0.02 * ((week // 7 + product.number) % 10)), 2)
        rows["competitor_prices"].append(seen | {"price": price, "day": on(week)})
    for product in promoted(week):
        placement = {"product_id": product.id, "store_id": "s1", "start_date": on(week), "end_date": on(week + 6)}
        placement |= {"display_location": "end of aisle", "mailer_location": "front page" if product.number % 2 else ""}
        rows["store_promotions"].append(placement | {"day": on(max(week - 3, 0))})


def promoted(day: int) -> list[Product]:
    week = day // 7
    return [product for product in PRODUCTS if (product.number + week) % 10 == 0]


def add_campaigns(rows: Rows) -> None:
    for number, start in enumerate(CAMPAIGN_STARTS, start=1):
        frame = {"start_date": on(start), "end_date": on(start + CAMPAIGN_DAYS - 1)}
        known = on(start - LEAD_DAYS)
        campaign = {"campaign_id": f"k{number:02}", "name": f"Campaign {number}", "campaign_type": "AB"[number % 2]}
        rows["campaigns"].append(campaign | frame | {"budget": 15 if number % 2 else 40, "day": known})
        for category in offered(number):
            offer_id = offer_of(number, category)
            percent = category in ("milk", "tea")
            rows["offers"].append(
                {
                    "offer_id": offer_id,
                    "campaign_id": campaign["campaign_id"],
                    "offer_type": "percent_off" if percent else "coupon",
                    "title": f"{'20 %' if percent else '1.00'} off {category}",
                    "discount_type": "percent" if percent else "amount",
                    "discount_value": 20 if percent else 1,
                    "discount_value_method": "given",
                    "scope_name": category,
                    "valid_from": frame["start_date"],
                    "valid_until": frame["end_date"],
                    "channel": "mail" if number % 2 else "app",
                    "issue_limit": 1000,
                    "per_customer_limit": 3,
                    "shop_funded_rate": 1.0 if number % 2 else 0.5,
                    "day": known,
                }
            )
            for product in products_of(category):
                rows["offer_products"].append({"offer_id": offer_id, "product_id": product.id, "day": known})


def offered(campaign: int) -> list[str]:
    """Every campaign is about four categories; the next one about the other four."""
    return [category for number, category in enumerate(CATEGORIES) if number % 2 == campaign % 2]


def offer_of(campaign: int, category: str) -> str:
    return f"k{campaign:02}-{category}"


def add_rules(rows: Rows) -> None:
    """What campaign managers set besides; it speaks of the first campaign, which is over on the run's day."""
    coupons = [offer_of(1, category) for category in offered(1)]
    known = {"day": on(CAMPAIGN_STARTS[0] - LEAD_DAYS)}
    rows["partners"] += [
        {"partner_id": name, "name": f"The {name}", "budget": budget} | known
        for name, budget in (("bakery", 500), ("dairy", 300), ("roastery", 200))
    ]
    rows["offer_terms"] += [
        {"offer_id": coupon, "partner_id": partner, "stacking_group": group, "minimum_issue": issue} | known
        for coupon, partner, group, issue in zip(
            coupons, ("bakery", "", "dairy", ""), ("breakfast", "breakfast", "supper", ""), (5, "", "", 2), strict=True
        )
    ]
    rows["offer_menus"] += [
        {"offer_id": coupon, "min_basket": basket, "discount_value": value} | known
        for coupon in coupons[:3]
        for basket, value in ((20, 1), (40, 3))
    ]
    add_shop_rules(rows, known)


def add_shop_rules(rows: Rows, known: Row) -> None:
    """Rules of the whole shop: none of them lets less through than the one limit of all channels together."""
    groups = (("breakfast", "breakfast"), ("breakfast", "supper"), ("supper", "supper"))
    rows["stacking_rules"] += [
        {"rule_id": f"r{number}", "first_group": first, "second_group": second, "rule": "per_item"} | known
        for number, (first, second) in enumerate(groups, start=1)
    ]
    rows["member_tiers"] += [
        {"tier": tier, "minimum_amount": amount} | known
        for tier, amount in (("gold", 900), ("silver", 400), ("bronze", 0))
    ]
    rows["contact_limits"] += [
        {"channel": channel, "contacts": 2, "window_days": 7} | known for channel in ("all", "mail", "app")
    ]
    rows["proposal_verdicts"] += [
        {"offer_id": f"proposal-{number}", "verdict": "accept", "campaign_id": ""} | known for number in range(4)
    ]
    rows["reviews"] += [{"customer_id": customer.shop_id, "verdict": "clear"} | known for customer in CUSTOMERS[1:5]]
