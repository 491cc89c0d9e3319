"""Ten days of a shop with every table of the contract: clean, small, the same every time."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa

from simulator import files
from warehouse import contract

FIRST_DAY = date(2025, 6, 4)
DAYS = [FIRST_DAY + timedelta(days=number) for number in range(10)]
CUSTOMERS, PRODUCTS, ORDERS_A_DAY, EVENTS_A_DAY = 80, 25, 30, 300
Rows = list[dict[str, Any]]


def tables_of(day: date) -> dict[str, pa.Table]:
    """What the shop delivers on a day, without dirt; a catalogue and the first customers on the first day."""
    chance = Random(day.toordinal())
    rows = {**facts_of(day, chance), **(masters(day, chance) if day == FIRST_DAY else changes(day, chance))}
    return {name: as_table(name, entries) for name, entries in rows.items() if entries}


def as_table(name: str, rows: Rows) -> pa.Table:
    types = {column.name: files.ARROW_TYPES[column.type] for column in contract.load()[name].columns}
    return pa.Table.from_pylist(rows, schema=pa.schema(types.items()))


def noon(day: date, minutes: int = 0) -> datetime:
    """UTC; the shop's clock is eight hours ahead."""
    return datetime(day.year, day.month, day.day, 4) + timedelta(minutes=minutes)


def money(chance: Random, low: int, high: int) -> Decimal:
    return Decimal(chance.randint(low * 100, high * 100)) / 100


def customer(number: int) -> str:
    return f"C{number:08d}"


def product(number: int) -> str:
    return f"P{number:04d}"


def person(number: int, day: date) -> dict[str, Any]:
    return {
        "customer_id": customer(number),
        "registered_at": noon(day),
        "age_band": "25-34",
        "region": ["North, coast", 'The "Old" Town', "South"][number % 3],
        "acquisition_channel": "app",
        "name": f"Yamo Zhel{number}",
        "email": f"person{number}@example.org",
        "phone": f"+86100{number:08d}",
        "address": f"Flat {number}, 1 Lantern Road, Morwan",
    }


def masters(day: date, chance: Random) -> dict[str, Rows]:
    offer = {"offer_type": "percent_off", "discount_type": "percent", "discount_value": Decimal(10)}
    valid = {"valid_from": day, "valid_until": day + timedelta(days=30)}
    return {
        "customers": [person(number, day) for number in range(CUSTOMERS)],
        "products": [
            {"product_id": product(number), "name": f"Tea, no. {number}", "brand_type": "private", "unit": "piece"}
            | {"list_price": money(chance, 5, 50), "cost": money(chance, 1, 4), "launched_on": day}
            for number in range(PRODUCTS)
        ],
        "campaigns": [
            {"campaign_id": f"K{number}", "name": "June", "start_date": day, "end_date": day, "budget": Decimal(1000)}
            for number in range(4)
        ],
        "offers": [
            {"offer_id": f"O{number}", "campaign_id": f"K{number % 4}", "audience": "all"} | offer | valid
            for number in range(12)
        ],
        "offer_products": [
            {"offer_id": f"O{number}", "product_id": product(other)} for number in range(12) for other in range(5)
        ],
        "consents": [
            {"customer_id": customer(number), "channel": "app", "is_granted": True, "changed_at": noon(day)}
            for number in range(CUSTOMERS)
        ],
        "store_promotions": [
            {"product_id": product(number), "store_id": "S1", "start_date": day, "end_date": day}
            for number in range(PRODUCTS)
        ],
    }


def changes(day: date, chance: Random) -> dict[str, Rows]:
    chosen = sorted(chance.sample(range(CUSTOMERS), 10))
    consent = {"channel": "app", "changed_at": noon(day)}
    promotion = {"store_id": "S1", "start_date": day, "end_date": day, "mailer_location": "front"}
    return {
        "customers": [person(number, day) | {"region": "Moved"} for number in chosen],
        "consents": [{"customer_id": customer(number), "is_granted": number % 2 == 0} | consent for number in chosen],
        "store_promotions": [{"product_id": product(number)} | promotion for number in range(5)],
    }


def facts_of(day: date, chance: Random) -> dict[str, Rows]:
    orders = [order(day, number, chance) for number in range(ORDERS_A_DAY)]
    lines = [line(one["order_id"], number, chance) for one in orders for number in range(1, chance.randint(2, 5))]
    return {
        "orders": orders,
        "order_items": lines,
        "returns": [goods_back(day, one) for one in orders[:6]] if day > FIRST_DAY else [],
        "events": [event(day, number, chance) for number in range(EVENTS_A_DAY)],
        "ratings": [rating(day, number, chance) for number in range(15)],
        "exposures": [exposure(day, number, chance) for number in range(40)],
        "redemptions": [redemption(day, one) for one in orders[:8]],
        **observed(day, chance),
    }


def order(day: date, number: int, chance: Random) -> dict[str, Any]:
    buyer = chance.randrange(CUSTOMERS)
    return {
        "order_id": f"B{day:%m%d}-{number}",
        "customer_id": customer(buyer),
        "ordered_at": noon(day, number),
        "order_date": day,
        "channel": "web",
        "device_id": f"D{buyer:013d}",
        "payment_id": f"M{buyer:013d}",
    }


def line(order_id: str, number: int, chance: Random) -> dict[str, Any]:
    bought = {"product_id": product(chance.randrange(PRODUCTS)), "quantity": float(chance.randint(1, 3))}
    discounts = {"coupon_discount_amount": Decimal("1.50"), "offer_id": "O1"} if chance.random() < 0.3 else {}
    return {"order_id": order_id, "line_number": number, "net_amount": money(chance, 2, 80)} | bought | discounts


def goods_back(day: date, one: dict[str, Any]) -> dict[str, Any]:
    moment = {"returned_at": noon(day), "return_date": day, "quantity": 1.0, "refund_amount": Decimal("1.20")}
    bought = {"order_id": one["order_id"], "customer_id": one["customer_id"], "line_number": 1}
    return {"return_id": f"R-{one['order_id']}", "product_id": product(1)} | bought | moment


def event(day: date, number: int, chance: Random) -> dict[str, Any]:
    kind = chance.choice(["visit", "view", "search"])
    return {
        "event_id": f"E{day:%m%d}-{number}",
        "customer_id": customer(chance.randrange(CUSTOMERS)),
        "session_id": f"V{day:%m%d}-{number // 4}",
        "event_type": kind,
        "occurred_at": noon(day, number),
        "event_date": day,
        "query": "green tea" if kind == "search" else None,
        "channel": "web",
        "dwell_seconds": round(chance.random() * 60, 1),
    }


def rating(day: date, number: int, chance: Random) -> dict[str, Any]:
    given = {"rated_at": noon(day, number), "rating_date": day, "rating": float(chance.randint(1, 5))}
    return {"customer_id": customer(number), "product_id": product(chance.randrange(PRODUCTS))} | given


def exposure(day: date, number: int, chance: Random) -> dict[str, Any]:
    shown = {"exposed_at": noon(day), "exposure_date": day, "arm": "treatment", "probability": 0.5}
    return {"customer_id": customer(number), "offer_id": f"O{chance.randrange(12)}", "campaign_id": "K1"} | shown


def redemption(day: date, one: dict[str, Any]) -> dict[str, Any]:
    used = {"offer_id": "O1", "campaign_id": "K1", "redemption_date": day, "discount_amount": Decimal(2)}
    return {"redemption_id": f"U-{one['order_id']}", "customer_id": one["customer_id"]} | used


def observed(day: date, chance: Random) -> dict[str, Rows]:
    return {
        "stock": [
            {"product_id": product(number), "store_id": "S1", "stock_date": day}
            | {"units_on_hand": float(chance.randint(0, 9))}
            for number in range(PRODUCTS)
        ],
        "competitor_prices": [
            {"product_id": product(number), "competitor": "Next Door", "price_date": day}
            | {"price": money(chance, 2, 60)}
            for number in range(PRODUCTS)
        ],
    }
