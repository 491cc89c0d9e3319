"""What a real shop's files have wrong: planted by hand, with the reason ingest must give for each row."""

from collections import Counter
from typing import Any

from tests.tiny_world.catalogue import Rows, utc
from tests.tiny_world.people import LAST_DAY, on

Planted = tuple[str, str, dict[str, Any]]  # table, reason, row
BRANDS = "national, private"
EVENTS = "visit, view, search, cart_add, cart_remove, wishlist, share, login"
REPEATED = "a row of the same key was delivered before"


def add_dirt(rows: Rows) -> dict[tuple[str, str], int]:
    """Add dirty rows; gives how many of them belong into quarantine by table and reason."""
    product, offer, event = rows["products"][0], rows["offers"][0], rows["events"][0]
    price, consent = rows["competitor_prices"][0], rows["consents"][0]
    planted: list[Planted] = [
        *dirty_lines(rows),
        *dirty_orders(rows),
        *personal_text(rows),
        ("products", f"brand_type is none of {BRANDS}", product | {"product_id": "x1", "brand_type": "own"}),
        ("products", "list_price is below 0", product | {"product_id": "x2", "list_price": -1}),
        ("ratings", "rating is above 5", rows["ratings"][0] | {"product_id": "p01", "rating": 9}),
        ("returns", "refund_amount is below 0", rows["returns"][0] | {"return_id": "x9", "refund_amount": -1}),
        ("offers", "campaign_id is not among the campaigns", offer | {"offer_id": "x3", "campaign_id": "k99"}),
        ("offer_products", "offer_id is not among the offers", rows["offer_products"][0] | {"offer_id": "x3"}),
        ("exposures", "probability is above 1", rows["exposures"][0] | {"offer_id": "x4", "probability": 50}),
        ("events", f"event_type is none of {EVENTS}", event | {"event_id": "x5", "event_type": "stare"}),
        ("events", "occurred_at is not of type timestamp", event | {"event_id": "x6", "occurred_at": "noon"}),
        ("consents", "is_granted is not of type boolean", consent | {"channel": "web", "is_granted": "perhaps"}),
        ("stock", "units_on_hand is below 0", rows["stock"][0] | {"store_id": "s9", "units_on_hand": -4}),
        ("competitor_prices", "price is not above 0", price | {"competitor": "free", "price": 0}),
    ]
    for table, _, row in planted:
        rows[table].append(row)
    add_oddities(rows)
    return dict(Counter((table, reason) for table, reason, row in planted if row["day"] <= LAST_DAY))


def dirty_lines(rows: Rows) -> list[Planted]:
    line = rows["order_items"][40] | {"line_number": 90}
    repeated = rows["order_items"][10]
    return [
        ("order_items", "quantity is not above 0", line | {"quantity": 0}),
        ("order_items", "quantity is not above 0", line | {"quantity": -2, "line_number": 91}),
        ("order_items", "quantity is not of type double", line | {"quantity": "two", "line_number": 92}),
        ("order_items", "quantity is not a finite number", line | {"quantity": "nan", "line_number": 93}),
        ("order_items", "net_amount is below 0", line | {"net_amount": -3, "line_number": 94}),
        ("order_items", "line_number is not a whole number", line | {"line_number": "1.5"}),
        ("order_items", "order_id is not among the orders", line | {"order_id": "nowhere"}),
        ("order_items", "product_id is missing", line | {"product_id": "", "line_number": 95}),
        ("order_items", REPEATED, dict(repeated)),
        ("order_items", REPEATED, repeated | {"day": on(100), "net_amount": 0}),
    ]


def dirty_orders(rows: Rows) -> list[Planted]:
    order = rows["orders"][20]
    return [
        ("orders", "order_id is missing", order | {"order_id": ""}),
        ("orders", "ordered_at is missing", order | {"order_id": "x7", "ordered_at": ""}),
        ("orders", "order_date is after the day of delivery", order | {"order_id": "x8", "order_date": on(110)}),
        ("orders", REPEATED, order | {"day": on(101)}),
    ]


def personal_text(rows: Rows) -> list[Planted]:
    """Personal data where free text belongs: searched for, and in rows whose columns were swapped."""
    event, customer = rows["events"][0] | {"event_type": "search"}, rows["customers"][2] | {"day": on(30)}
    email, phone = customer["email"], customer["phone"]
    told = "holds an e-mail address or a telephone number"
    swapped = customer | {"region": email, "email": customer["region"], "age_band": phone, "phone": "35-54"}
    return [
        ("events", f"query {told}", event | {"event_id": "x10", "query": f"order of {email}"}),
        ("events", f"query {told}", event | {"event_id": "x11", "query": f"call {phone} please"}),
        ("customers", f"age_band {told}", swapped),
        (
            "customers",
            "registered_at is not of type timestamp",
            customer | {"registered_at": email, "email": customer["registered_at"], "day": on(31)},
        ),
    ]


def add_oddities(rows: Rows) -> None:
    """Strange and allowed: a product the catalogue lacks, an anonymous basket, a customer never announced."""
    for order_id, customer in (("odd-1", ""), ("odd-2", "stranger")):
        order = rows["orders"][30] | {"order_id": order_id, "customer_id": customer, "ordered_at": utc(50, 12)}
        rows["orders"].append(order | {"order_date": on(50), "day": on(50)})
        line = rows["order_items"][0] | {"order_id": order_id, "line_number": 1, "product_id": "unlisted"}
        rows["order_items"].append(line | {"day": on(50)})
