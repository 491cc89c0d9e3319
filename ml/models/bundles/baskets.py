"""Baskets as sets of products, and how often two products share one."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from ml.learning.metrics import FloatArray
from warehouse.errors import BadInput

NEEDED = ("order_id", "product_id")
IntArray = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Baskets:
    """Lines of baskets: `frame` has order_id and product_id; with customer_id, what one customer repeats counts once
    where significance is told. A product counts once in a basket, however often it stands in it."""

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        missing = sorted(set(NEEDED) - set(self.frame.columns))
        if missing:
            raise BadInput(
                f"a frame of baskets needs the columns {', '.join(NEEDED)}; {', '.join(missing)} are missing"
            )

    @cached_property
    def products(self) -> np.ndarray:
        """Ids of the M products, sorted."""
        return np.unique(self.frame["product_id"].astype(str).to_numpy(object).astype(str))

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each product in `products`."""
        return {str(one): place for place, one in enumerate(self.products)}

    @cached_property
    def table(self) -> sparse.csc_matrix:
        """Which product (column, as in `products`) stands in which of the N baskets (row): ones."""
        order = pd.factorize(self.frame["order_id"])[0]
        product = pd.Index(self.products).get_indexer(self.frame["product_id"].astype(str))
        cells = np.unique(np.column_stack([order, product]), axis=0)
        shape = (int(order.max()) + 1 if len(order) else 0, len(self.products))
        return sparse.csc_matrix((np.ones(len(cells), dtype=np.int64), (cells[:, 0], cells[:, 1])), shape=shape)

    @cached_property
    def customers(self) -> IntArray:
        """Code of the customer of each basket (N,); an anonymous basket is somebody of its own."""
        order, names = pd.factorize(self.frame["order_id"])
        own = np.arange(len(names), dtype=np.int64)
        if "customer_id" not in self.frame:
            return own
        who = pd.factorize(self.frame["customer_id"])[0]
        codes = np.empty(len(names), dtype=np.int64)
        codes[order] = who
        return np.where(codes < 0, own + len(names) + who.max(initial=0) + 1, codes)

    def buyers(self, first: str, second: str) -> int:
        """Customers with both products in one basket."""
        if first not in self.places or second not in self.places:
            return 0
        own, other = (self.table.indices[slice(*self.table.indptr[self.places[one] :][:2])] for one in (first, second))
        return len(np.unique(self.customers[np.intersect1d(own, other, assume_unique=True)]))


@dataclass(frozen=True)
class Counts:
    """Of `size` baskets those with each product (`single`, M), and with both of P pairs `first` < `second`."""

    products: np.ndarray
    size: int
    single: IntArray
    first: IntArray
    second: IntArray
    both: IntArray

    @property
    def expected(self) -> FloatArray:
        """Baskets with both (P,) if products fell into baskets independently of each other."""
        return self.single[self.first] * self.single[self.second] / max(self.size, 1)


def count_pairs(baskets: Baskets, most_products: int = 2000, least_together: int = 3) -> Counts:
    """Pairs of the most bought products that shared at least so many baskets.

    >>> frame = pd.DataFrame({"order_id": [1, 1, 2, 2, 3], "product_id": ["a", "b", "a", "b", "a"]})
    >>> found = count_pairs(Baskets(frame), least_together=1)
    >>> found.size, found.single.tolist(), found.both.tolist(), found.expected.tolist()
    (3, [3, 2], [2], [2.0])
    """
    table = baskets.table
    single = np.asarray(table.sum(axis=0)).ravel().astype(np.int64)
    kept = np.sort(np.argsort(-single, kind="stable")[:most_products])
    some = table[:, kept]
    together = sparse.triu(some.T @ some, k=1).tocoo()
    enough = together.data >= least_together
    first, second, both = (
        np.asarray(one)[enough].astype(np.int64) for one in (together.row, together.col, together.data)
    )
    order = np.lexsort((second, first))
    return Counts(baskets.products[kept], table.shape[0], single[kept], first[order], second[order], both[order])
