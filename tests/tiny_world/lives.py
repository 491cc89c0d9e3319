"""What the customers of the tiny world do, day by day: see offers, click, buy, use coupons, rate."""

from random import Random

from tests.tiny_world.catalogue import Row, Rows, offer_of, offered, promoted, utc
from tests.tiny_world.people import (
    CAMPAIGN_DAYS,
    CAMPAIGN_STARTS,
    CUSTOMERS,
    DAYS,
    PRODUCTS,
    Customer,
    Product,
    on,
    products_of,
)

EXPOSURE_PROBABILITY = 0.5
CHANNELS = ("store", "web", "app")
RETURNED_AFTER = 6  # days after which one line of some orders is brought back
LATE_BY = 3  # days after which a till that was offline delivers


class Life:
    """What a customer has been shown and may still use."""

    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self.shown: int | None = None
        self.coupons: dict[str, int] = {}  # offer by last day of use


def live(rows: Rows, random: Random) -> None:
    lives = [Life(customer) for customer in CUSTOMERS]
    for today in range(DAYS):
        if today in CAMPAIGN_STARTS:
            expose(rows, lives, today, random)
        for life in lives:
            if life.customer.buys(today, life.shown):
                buy(rows, life, today, random)
            elif life.customer.kind != "never" and (today + life.customer.number) % 9 == 0:
                browse(rows, life.customer, today, choose(life.customer, random)[:2], left_behind=True)


def expose(rows: Rows, lives: list[Life], today: int, random: Random) -> None:
    """Half of the customers, drawn, are shown the campaign's offers, from the others they are withheld: a randomised
    experiment whose truth is known."""
    campaign = 1 + CAMPAIGN_STARTS.index(today)
    for life in lives:
        is_shown = random.random() < EXPOSURE_PROBABILITY
        life.shown = today if is_shown else life.shown
        for category in offered(campaign):
            offer = offer_of(campaign, category)
            if is_shown:
                life.coupons[offer] = today + CAMPAIGN_DAYS - 1
            exposure: Row = {
                "customer_id": life.customer.shop_id,
                "offer_id": offer,
                "campaign_id": f"k{campaign:02}",
            }
            exposure |= {"exposed_at": utc(today, 9), "exposure_date": on(today)}
            exposure |= {"channel": "mail" if campaign % 2 else "app", "arm": "treatment" if is_shown else "control"}
            exposure |= {"probability": EXPOSURE_PROBABILITY if is_shown else 1 - EXPOSURE_PROBABILITY}
            rows["exposures"].append(exposure | {"day": on(today)})


def choose(customer: Customer, random: Random) -> list[Product]:
    """A basket: mostly what the customer likes, and one thing more."""
    liked = [product for category in customer.categories for product in products_of(category)]
    return [*random.sample(liked, 3), random.choice([product for product in PRODUCTS if product not in liked])]


def buy(rows: Rows, life: Life, today: int, random: Random) -> None:
    customer = life.customer
    order_id = f"o{today:03}-{customer.number:02}"
    channel = CHANNELS[customer.number % 3]
    arrival = today + (LATE_BY if (today * 7 + customer.number) % 97 == 0 else 0)
    order: Row = {
        "order_id": order_id,
        "customer_id": customer.shop_id,
        "ordered_at": utc(today, 8 + customer.number % 12),
    }
    order |= {"order_date": on(today), "channel": channel, "store_id": f"s{1 + customer.number % 2}"}
    order |= {"device_id": f"device-{customer.number}", "payment_id": f"DE00-{customer.number:08}", "day": on(arrival)}
    rows["orders"].append(order)
    basket = choose(customer, random)
    for line, product in enumerate(basket, start=1):
        rows["order_items"].append(make_line(life, order, line, product, today, rows))
    if (today * 5 + customer.number) % 13 == 0:
        bring_back(rows, rows["order_items"][-1], customer, today + RETURNED_AFTER)
    if channel != "store":
        browse(rows, customer, today, basket, left_behind=False)
    if random.random() < 0.1:
        rating: Row = {"customer_id": customer.shop_id, "product_id": basket[0].id, "rated_at": utc(today, 21)}
        stars = 5 - 2 * (basket[0].category not in customer.categories)
        rows["ratings"].append(rating | {"rating_date": on(today), "rating": stars, "day": on(today)})


def bring_back(rows: Rows, line: Row, customer: Customer, today: int) -> None:
    """What was bought last comes back, half of the money is paid back."""
    bought: Row = {name: line[name] for name in ("order_id", "line_number", "product_id", "quantity")}
    returned: Row = {
        "return_id": f"b-{line['order_id']}",
        "customer_id": customer.shop_id,
        "returned_at": utc(today, 15),
    }
    refund = {"refund_amount": round(line["net_amount"] / 2, 2)}
    rows["returns"].append(returned | bought | refund | {"return_date": on(today), "day": on(today)})


def make_line(life: Life, order: Row, number: int, product: Product, today: int, rows: Rows) -> Row:
    quantity = 0.75 if product.category == "apples" else 1 + product.number % 2
    shelf = round(0.1 * product.price * quantity, 2) if product in promoted(today) else 0
    line: Row = {
        "order_id": order["order_id"],
        "line_number": number,
        "product_id": product.id,
        "quantity": quantity,
    }
    line |= {"net_amount": round(product.price * quantity - shelf, 2), "shelf_discount_amount": shelf}
    line |= {"coupon_discount_amount": 0, "coupon_match_discount_amount": 0, "offer_id": "", "day": order["day"]}
    offer = next((o for o, last in life.coupons.items() if o.endswith(product.category) and today <= last), None)
    if offer is None:
        return line
    del life.coupons[offer]
    discount = round(0.2 * line["net_amount"], 2) if product.category in ("milk", "tea") else 1
    redemption: Row = {
        "redemption_id": f"r-{order['order_id']}-{number}",
        "customer_id": life.customer.shop_id,
        "offer_id": offer,
    }
    redemption |= {"campaign_id": offer.split("-")[0], "redemption_date": on(today), "order_id": order["order_id"]}
    rows["redemptions"].append(redemption | {"discount_amount": discount, "day": order["day"]})
    return line | {"coupon_discount_amount": discount, "offer_id": offer}


def browse(rows: Rows, customer: Customer, today: int, products: list[Product], left_behind: bool) -> None:
    """A visit: every product is looked at and put into the cart, which is paid for or left behind."""
    session = f"v{today:03}-{customer.number:02}"
    steps: list[tuple[str, Product | None]] = [("login", None), ("search", None)]
    steps += [(what, product) for product in products for what in ("view", "cart_add")]
    for number, (what, product) in enumerate(steps):
        rows["events"].append(
            {
                "event_id": f"{session}-{number:02}",
                "customer_id": customer.shop_id,
                "session_id": session,
                "event_type": what,
                "occurred_at": utc(today, 19 if left_behind else 7, number),
                "event_date": on(today),
                "product_id": product.id if product else "",
                "query": products[0].category if what == "search" else "",
                "channel": "web" if customer.number % 2 else "app",
                "dwell_seconds": 20 + customer.number if what == "view" else "",
                "device_id": f"device-{customer.number}",
                "day": on(today),
            }
        )
