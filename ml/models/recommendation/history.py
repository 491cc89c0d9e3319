"""Who bought what and when, as arrays seen from one day: what every recommender learns from."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from ml.models.recommendation.side_information import Side

PARTS = ("repeat", "lapsed", "novel")
REPEAT, LAPSED, NOVEL = range(len(PARTS))


@dataclass(frozen=True)
class History:
    """Days on which customers bought products, each once, ordered by customer, product and age.

    `customers` (c,) and `products` (p,) are sorted identifiers; `customer` and `product` (n,) are places in them and
    `age_days` (n,) counts the days from the purchase to the day from which history is seen, at least 1. `side` is what
    is known besides purchases.
    """

    customers: np.ndarray
    products: np.ndarray
    customer: np.ndarray
    product: np.ndarray
    age_days: np.ndarray
    side: Side | None = None

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.customers), len(self.products)

    def matrix(self, values: np.ndarray) -> csr_matrix:
        """Values (n,) of the purchases summed per customer and product, (c, p) in single precision."""
        return csr_matrix((values.astype(np.float32), (self.customer, self.product)), shape=self.shape)

    def purchase_days(self) -> csr_matrix:
        """Number of days on which each customer bought each product, (c, p)."""
        return self.matrix(np.ones(len(self.customer)))

    def decayed_days(self, half_life_days: float) -> csr_matrix:
        """Purchase days that lose half their weight per half-life, (c, p)."""
        return self.matrix(np.exp2(-self.age_days / half_life_days))

    def log_days(self) -> csr_matrix:
        """log(1 + purchase days), (c, p): the tenth purchase tells less than the second."""
        return self.purchase_days().log1p()

    def reach(self) -> np.ndarray:
        """Share of the customers who bought each product, (p,), 0-1."""
        return (self.purchase_days() > 0).sum(axis=0).A1 / max(1, len(self.customers))


def read_history(purchases: pd.DataFrame, day: date, customers: np.ndarray | None = None) -> History:
    """History before a day from rows of customer_id, product_id and order_date.

    Rows of the day itself or later raise ValueError: they would be the future. `customers` adds people who bought
    nothing.

    >>> dates = ["2017-01-03", "2017-01-01", "2017-01-02"]
    >>> rows = pd.DataFrame({"customer_id": ["b", "a", "a"], "product_id": ["x", "y", "y"], "order_date": dates})
    >>> history = read_history(rows, date(2017, 1, 4))
    >>> history.customers.tolist(), history.age_days.tolist(), history.purchase_days().toarray().tolist()
    (['a', 'b'], [2, 3, 1], [[0.0, 2.0], [1.0, 0.0]])
    """
    ages = (pd.Timestamp(day) - pd.to_datetime(purchases["order_date"])).dt.days.to_numpy(np.int32)
    if (ages < 1).any():
        raise ValueError(f"history before {day} contains purchases of that day or later")
    buyer, buyers = pd.factorize(purchases["customer_id"].astype(str), sort=True)
    product, products = pd.factorize(purchases["product_id"].astype(str), sort=True)
    buying, catalogue = np.asarray(buyers, str), np.asarray(products, str)
    known = buying if customers is None else np.union1d(buying, np.asarray(customers, str))
    customer = np.searchsorted(known, buying)[buyer]
    longest = int(ages.max(initial=0)) + 1
    pair, age_days = np.divmod(np.unique((customer * len(catalogue) + product) * longest + ages), longest)
    customer, product = np.divmod(pair, max(1, len(catalogue)))
    return History(known, catalogue, customer.astype(np.int32), product.astype(np.int32), age_days.astype(np.int32))


def align_products(history: History, products: np.ndarray) -> History:
    """The same history over other products (sorted, (q,)): other purchases fall away, unsold products stay empty."""
    places = np.searchsorted(products, history.products)
    is_kept = np.isin(history.products, products)[history.product]
    return History(
        history.customers,
        products,
        history.customer[is_kept],
        places[history.product[is_kept]].astype(np.int32),
        history.age_days[is_kept],
        history.side,
    )


def take_customers(history: History, places: np.ndarray) -> History:
    """The same history of only the customers at the given places (sorted, (k,))."""
    is_kept = np.isin(history.customer, places)
    return History(
        history.customers[places],
        history.products,
        np.searchsorted(places, history.customer[is_kept]).astype(np.int32),
        history.product[is_kept],
        history.age_days[is_kept],
        history.side.take_customers(places) if history.side else None,
    )


def split_history(history: History, days: int) -> tuple[History, History]:
    """What was known so many days ago, as seen from then, and what was bought since.

    >>> places = np.zeros(2, dtype=np.int32)
    >>> history = History(np.array(["a"]), np.array(["x"]), places, places, np.array([3, 30], dtype=np.int32))
    >>> [part.age_days.tolist() for part in split_history(history, 28)]
    [[2], [3]]
    """
    is_old = history.age_days > days

    def part(kept: np.ndarray, shift: int) -> History:
        rows = (history.customer[kept], history.product[kept], history.age_days[kept] - shift)
        side = history.side.before(shift) if history.side else None
        return History(history.customers, history.products, *rows, side)

    return part(is_old, days), part(~is_old, 0)


def choose_products(history: History, min_customers: int, min_products: int, max_products: int) -> np.ndarray:
    """Identifiers (sorted) of the products worth learning: bought by at least `min_customers` customers.

    A product few people bought teaches little about others. A small shop still gets its `min_products` most bought
    ones, and memory is bounded by `max_products`.

    >>> rows = pd.DataFrame({"customer_id": ["a", "b", "a"], "product_id": ["x", "x", "y"], "order_date": "2017-01-01"})
    >>> choose_products(read_history(rows, date(2017, 1, 2)), min_customers=2, min_products=1, max_products=9).tolist()
    ['x']
    """
    buyers = (history.purchase_days() > 0).sum(axis=0).A1
    by_reach = np.lexsort((history.products, -buyers))
    wanted = np.clip((buyers >= min_customers).sum(), min_products, max_products)
    return np.sort(history.products[by_reach[:wanted]])


def split_parts(history: History, lapsed_after_days: int) -> np.ndarray:
    """What each product is to each customer, (c, p) of places in PARTS: every pair is in exactly one part.

    repeat: bought within the last `lapsed_after_days` days; lapsed: bought, but longer ago; novel: never bought.

    >>> rows = pd.DataFrame({"customer_id": "a", "product_id": ["x", "y"], "order_date": ["2017-01-01", "2017-03-01"]})
    >>> split_parts(read_history(rows, date(2017, 3, 2)), lapsed_after_days=30).tolist()
    [[1, 0]]
    """
    parts = np.full(history.shape, NOVEL, np.int8)
    parts[history.customer, history.product] = LAPSED
    is_recent = history.age_days <= lapsed_after_days
    parts[history.customer[is_recent], history.product[is_recent]] = REPEAT
    return parts
