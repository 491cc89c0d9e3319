"""Who lives in the tiny world: four kinds of customers whose right answers are known by eye.

always        buys every fourth day, offer or not (and uses an offer if there is one): an offer changes nothing
never         is known and never buys: an offer changes nothing
with_offer    buys only on the second and sixth day after being shown an offer: an offer changes everything
bothered      buys every fifth day, but not for ten days after being shown an offer: an offer does harm
"""

from dataclasses import dataclass
from datetime import date, timedelta

from warehouse import pii

FIRST_DAY = date(2024, 1, 1)
DAYS = 150
LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)
DAY = date(2024, 5, 1)  # the run's day: two campaigns are active, and the 28 days after it are in the data
KINDS = ("always", "never", "with_offer", "bothered")
CUSTOMERS_OF_A_KIND = 15
CATEGORIES = ("apples", "bread", "cheese", "coffee", "milk", "pasta", "soap", "tea")
DEPARTMENTS = {"apples": "fresh", "bread": "fresh", "cheese": "fresh", "milk": "fresh", "soap": "household"}
PRODUCTS_OF_A_CATEGORY = 5
CAMPAIGN_STARTS = tuple(range(9, DAYS, 14))
CAMPAIGN_DAYS = 21
PII_KEY = "a key for tests alone"
LEAD_DAYS = 7  # campaigns and offers are delivered that long before they start


@dataclass(frozen=True)
class Customer:
    number: int

    @property
    def shop_id(self) -> str:
        """What the shop calls the customer; it stays in the shop's files."""
        return f"shopper-{self.number:02}"

    @property
    def id(self) -> str:
        """What the customer is called everywhere behind ingest."""
        return pseudonym(self.shop_id)

    @property
    def kind(self) -> str:
        return KINDS[(self.number - 1) // CUSTOMERS_OF_A_KIND]

    @property
    def categories(self) -> tuple[str, str]:
        """What this customer likes best."""
        return CATEGORIES[self.number % 8], CATEGORIES[(self.number + 3) % 8]

    def buys(self, today: int, shown: int | None) -> bool:
        """Whether the customer buys on a day, given the day of the last exposure (both counted from the first day)."""
        since = None if shown is None else today - shown
        if self.kind == "always":
            return (today + self.number) % 4 == 0
        if self.kind == "with_offer":
            return since in (2, 6)
        if self.kind == "bothered":
            return (today + self.number) % 5 == 0 and (since is None or since > 10)
        return False


def pseudonym(shop_id: str) -> str:
    return pii.pseudonym(shop_id, PII_KEY.encode())


CUSTOMERS = tuple(Customer(number) for number in range(1, 1 + CUSTOMERS_OF_A_KIND * len(KINDS)))


def customers_of(kind: str) -> set[str]:
    return {customer.id for customer in CUSTOMERS if customer.kind == kind}


@dataclass(frozen=True)
class Product:
    number: int

    @property
    def id(self) -> str:
        return f"p{self.number:02}"

    @property
    def category(self) -> str:
        return CATEGORIES[(self.number - 1) // PRODUCTS_OF_A_CATEGORY]

    @property
    def price(self) -> float:
        return 1.5 + 0.5 * (self.number % 7)


PRODUCTS = tuple(Product(number) for number in range(1, 1 + PRODUCTS_OF_A_CATEGORY * len(CATEGORIES)))


def products_of(category: str) -> list[Product]:
    return [product for product in PRODUCTS if product.category == category]


def on(day: int) -> date:
    """The date of a day counted from the first."""
    return FIRST_DAY + timedelta(days=day)
