"""What is known besides purchases: what products are, what customers looked at and searched for, who they are."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

NO_PRODUCT = -1


@dataclass(frozen=True)
class Goods:
    """Products of the catalogue, bought or not, by sorted identifier (g,): names (g,), attributes (g, a) as words,
    empty where unknown, and prices (g,) in one currency, NaN where unknown.
    """

    products: np.ndarray
    names: np.ndarray
    attributes: np.ndarray
    prices: np.ndarray

    def places(self, products: np.ndarray) -> np.ndarray:
        """Where products (n,) stand in the catalogue, NO_PRODUCT for those it does not know."""
        return pd.Index(self.products.astype(object)).get_indexer(pd.Index(products.astype(object)))


@dataclass(frozen=True)
class Visits:
    """What customers looked at or searched for, by customer, session and time, one row each (v,).

    `customer` are places in the customers of a history, `product` places in the catalogue or NO_PRODUCT, `query` words
    searched for or empty, `age_days` as in a history.
    """

    customer: np.ndarray
    session: np.ndarray
    product: np.ndarray
    query: np.ndarray
    age_days: np.ndarray

    def take(self, kept: np.ndarray) -> "Visits":
        return Visits(*(one[kept] for one in vars(self).values()))

    def looked_at(self, shape: tuple[int, int]) -> csr_matrix:
        """How often each customer looked at each product of the catalogue, (c, g)."""
        has = self.product != NO_PRODUCT
        ones = np.ones(has.sum(), dtype=np.float32)
        return csr_matrix((ones, (self.customer[has], self.product[has])), shape=shape)

    def searches(self, customers: int) -> np.ndarray:
        """All words each customer searched for, (c,)."""
        words = np.full(customers, "", dtype=object)
        has = self.query != ""
        said = pd.Series(self.query[has]).groupby(self.customer[has]).agg(" ".join)
        words[said.index.to_numpy(int)] = said.to_numpy()
        return words


@dataclass(frozen=True)
class Side:
    """Side information of a history of c customers; `people` (c, k) are their attributes as words."""

    goods: Goods
    visits: Visits
    people: np.ndarray

    def take_customers(self, places: np.ndarray) -> "Side":
        """That of only the customers at the given places (sorted)."""
        visits = self.visits.take(np.isin(self.visits.customer, places))
        visits = replace(visits, customer=np.searchsorted(places, visits.customer))
        return Side(self.goods, visits, self.people[places])

    def before(self, days: int) -> "Side":
        """What was known so many days ago."""
        visits = self.visits.take(self.visits.age_days > days)
        return replace(self, visits=replace(visits, age_days=visits.age_days - days))

    def has_visited(self) -> np.ndarray:
        """Whether each customer looked at or searched for anything, (c,)."""
        return np.bincount(self.visits.customer, minlength=len(self.people)) > 0


def read_goods(frame: pd.DataFrame) -> Goods:
    """Goods from rows of product_id and, where known, name and price; every other column is an attribute.

    >>> read_goods(pd.DataFrame({"product_id": ["b", "a"], "colour": ["red", None]})).attributes.tolist()
    [[''], ['colour=red']]
    """
    rows = frame.assign(product_id=frame["product_id"].astype(str)).drop_duplicates("product_id")
    rows = rows.sort_values("product_id")
    blank, unknown = pd.Series("", rows.index), pd.Series(np.nan, rows.index)
    names = rows.get("name", blank).fillna("").astype(str).to_numpy(object)
    prices = pd.to_numeric(rows.get("price", unknown)).to_numpy(float)
    attributes = as_words(rows.drop(columns=["product_id", "name", "price"], errors="ignore"))
    return Goods(rows["product_id"].to_numpy(str), names, attributes, prices)


def as_words(frame: pd.DataFrame) -> np.ndarray:
    """Each cell as column=value, empty where unknown, (n, columns)."""
    columns = [
        np.where(one.isna() | (one.astype(str) == ""), "", f"{name}=" + one.astype(str)) for name, one in frame.items()
    ]
    return np.stack(columns, axis=1).astype(object) if columns else np.empty((len(frame), 0), dtype=object)


def read_people(frame: pd.DataFrame | None, customers: np.ndarray) -> np.ndarray:
    """Attributes (c, k) of customers from rows of customer_id and attributes; those not in it have none."""
    if frame is None:
        return np.empty((len(customers), 0), dtype=object)
    rows = frame.assign(customer_id=frame["customer_id"].astype(str)).drop_duplicates("customer_id")
    return as_words(rows.set_index("customer_id").reindex(customers.astype(object)))


def read_visits(frame: pd.DataFrame | None, customers: np.ndarray, goods: Goods, day: object) -> Visits:
    """Visits before a day from rows of customer_id, session_id, occurred_at and product_id or query; rows of customers
    that are not known fall away, rows of the day itself or later raise ValueError. `visited_on` is the shop's calendar
    day where it may differ from that of occurred_at.
    """
    if frame is None:
        nobody = np.zeros(0, dtype=np.int64)
        return Visits(nobody, nobody, nobody, np.zeros(0, dtype=object), nobody)
    empty = pd.Series(None, frame.index, dtype=object)
    time = pd.to_datetime(frame["occurred_at"])
    visited_on = pd.to_datetime(frame.get("visited_on", time)).dt.normalize()
    age = (pd.Timestamp(str(day)) - visited_on).dt.days.to_numpy()
    if (age < 1).any():
        raise ValueError(f"visits before {day} contain rows of that day or later")
    who = pd.Index(customers.astype(object)).get_indexer(pd.Index(frame["customer_id"].astype(str)))
    session = pd.factorize(frame["session_id"].astype(str), sort=True)[0]
    what = goods.places(frame.get("product_id", empty).fillna("").astype(str).to_numpy(object))
    said = frame.get("query", empty).fillna("").astype(str).to_numpy(object)
    order = np.lexsort((said.astype(str), what, time.to_numpy(), session, who))
    visits = Visits(who, session, what, said, age).take(order)
    return visits.take((visits.customer >= 0) & ((visits.product != NO_PRODUCT) | (visits.query != "")))
