"""Recommendation on interactions from anywhere, behind the contract of all families."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from ml.models import recommendation
from ml.models.contract import Recipe
from ml.models.model import Model, State
from ml.models.recommendation import CANDIDATES, Recommender
from ml.models.recommendation.history import History, read_history, take_customers
from ml.models.recommendation.ranking import NOTHING, rank_products
from warehouse.errors import BadInput

COLUMNS = ("user", "item", "time")
BATCH = 2_000  # users scored at once


@dataclass(frozen=True)
class Interactions:
    """Rows of user, item, time and, optionally, weight (at least 0; rows of 0 are left out), as of a day.

    An item counts once a day; a weight above 1 counts as so many earlier days. `users` adds people without rows.
    BadInput where a column is missing.
    """

    frame: pd.DataFrame
    day: date
    users: tuple[str, ...] = ()
    length: int = 20
    skips_known: bool = False

    def history(self) -> History:
        missing = sorted(set(COLUMNS) - set(self.frame.columns))
        if missing:
            raise BadInput(f"interactions lack the column {', '.join(missing)}")
        weight = self.frame["weight"].to_numpy(float) if "weight" in self.frame else np.ones(len(self.frame))
        kept = self.frame.iloc[np.repeat(np.arange(len(weight)), np.ceil(weight).astype(int))]
        again = kept.groupby(level=0).cumcount().to_numpy()
        time = pd.to_datetime(kept["time"]).dt.normalize() - pd.to_timedelta(again, unit="D")
        rows = pd.DataFrame({"customer_id": kept["user"], "product_id": kept["item"], "order_date": time})
        return read_history(rows, self.day, np.array(self.users, dtype=str))


class FromHistory(Model[Interactions]):
    """A candidate of the package by name; `name` is the key of CANDIDATES."""

    name: ClassVar[str]

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.fitted: Recommender | None = None

    def fit(self, data: Interactions) -> Self:
        self.fitted = recommendation.fit(self.name, data.history(), self.recipe.settings)
        return self

    def score(self, data: Interactions) -> pd.DataFrame:
        """user, rank (from 1), item and score of the best `length` items of each user, by user and rank."""
        return pd.concat(list(self.lists(data)), ignore_index=True)

    def lists(self, data: Interactions) -> Iterator[pd.DataFrame]:
        fitted, history = self.known(), data.history()
        for start in range(0, len(history.customers), BATCH):
            batch = take_customers(history, np.arange(start, min(start + BATCH, len(history.customers))))
            yield best_of(fitted, batch, data)

    def known(self) -> Recommender:
        if self.fitted is None:
            raise BadInput(f"{self.name} has learned nothing yet; fit it first")
        return self.fitted

    def state(self) -> State:
        known = self.known()
        arrays = {"products": known.products, "reach": known.reach}
        return State(arrays | {f"state.{name}": one for name, one in known.state.items()}, {})

    def restore(self, state: State) -> None:
        own = {name.removeprefix("state."): one for name, one in state.arrays.items() if name.startswith("state.")}
        arrays = state.arrays
        self.fitted = Recommender(self.name, self.recipe.settings, arrays["products"], arrays["reach"], own)

    def details(self) -> dict[str, Any]:
        return {"items": len(self.known().products)}


def best_of(fitted: Recommender, batch: History, data: Interactions) -> pd.DataFrame:
    """The lists of some users; with `skips_known` nothing they have had."""
    scores = recommendation.score(fitted, batch)
    is_open = np.ones(scores.shape, dtype=bool)
    if data.skips_known:
        place = np.searchsorted(fitted.products, batch.products).clip(max=len(fitted.products) - 1)
        is_known = (fitted.products[place] == batch.products)[batch.product]
        is_open[batch.customer[is_known], place[batch.product[is_known]]] = False
    ranked = rank_products(scores, is_open, data.length)
    user, rank = np.nonzero(ranked != NOTHING)
    item = ranked[user, rank]
    found = {"user": batch.customers[user].astype(object), "rank": rank + 1}
    return pd.DataFrame(found | {"item": fitted.products[item].astype(object), "score": scores[user, item]})


def recommend_items(data: Interactions, recipe: Recipe) -> pd.DataFrame:
    """Fit a candidate on interactions and list each user's best items: user, rank, item, score.

    >>> frame = pd.DataFrame({"user": ["a", "a", "b", "b", "c"], "item": ["tea", "cups", "tea", "cups", "tea"]})
    >>> data = Interactions(frame.assign(time="2026-01-01"), date(2026, 2, 1), length=1, skips_known=True)
    >>> recommend_items(data, Recipe("item_cosine", settings={"neighbours": 5})).query("user == 'c'")["item"].item()
    'cups'
    """
    from ml.models.recommendation.catalogue import CATALOGUE

    return CATALOGUE.make(recipe).fit(data).score(data)


def class_name(candidate: str) -> str:
    """
    >>> class_name("item_cosine")
    'ItemCosine'
    """
    return "".join(part.capitalize() for part in candidate.split("_"))


# A candidate is added in CANDIDATES alone; the contract of all families asks for a class of each.
globals().update({class_name(one): type(class_name(one), (FromHistory,), {"name": one}) for one in CANDIDATES})
