"""Recommendation on interactions from anywhere, behind the contract of all families."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from ml.models import recommendation
from ml.models.contract import Recipe
from ml.models.model import Model, State
from ml.models.recommendation import CANDIDATES, Recommender
from ml.models.recommendation.history import History, align_products, read_history, take_customers
from ml.models.recommendation.places import Spread, fill_places, number_categories
from ml.models.recommendation.ranking import NOTHING, rank_products
from ml.models.recommendation.side_information import Side, read_goods, read_people, read_visits
from warehouse.errors import BadInput

COLUMNS, VISITED = ("user", "item", "time"), ("user", "session", "time")
NAMES = {"user": "customer_id", "item": "product_id", "session": "session_id"}
BATCH = 2_000  # users scored at once


@dataclass(frozen=True)
class Interactions:
    """Rows of user, item, time and, optionally, weight (at least 0; rows of 0 are left out), as of a day.

    An item counts once a day; a weight above 1 counts as so many earlier days. `users` adds people without rows.
    Optional: `items` with rows of item, name, price and any attributes, also of items nobody has had; `visits` with
    rows of user, session, time and item or query; `people` with rows of user and any attributes. BadInput where a
    column is missing. With a column `category` among the items, a list holds at most `category_cap` of one (0: any
    number), and each further one counts `diversity` (0-1) less.
    """

    frame: pd.DataFrame
    day: date
    users: tuple[str, ...] = ()
    length: int = 20
    skips_known: bool = False
    items: pd.DataFrame | None = None
    visits: pd.DataFrame | None = None
    people: pd.DataFrame | None = None
    category_cap: int = 0
    diversity: float = 0.0

    def history(self) -> History:
        """Interactions and what is known besides them, over all items and users that any of the frames names."""
        tables = {
            "items": (self.items, ("item",)),
            "visits": (self.visits, VISITED),
            "people": (self.people, ("user",)),
        }
        for name, (frame, needed) in {"interactions": (self.frame, COLUMNS), **tables}.items():
            missing = sorted(set(needed) - set(needed if frame is None else frame.columns))
            if missing:
                raise BadInput(f"{name} lack the column {', '.join(missing)}")
        named = [one["user"].astype(str) for one in (self.visits, self.people) if one is not None]
        had = self.had(np.concatenate([np.array(self.users, dtype=str), *named]))
        if all(one is None for one, _ in tables.values()):
            return had
        side = self.side(had)
        return replace(align_products(had, np.union1d(had.products, side.goods.products)), side=side)

    def side(self, had: History) -> Side:
        items = pd.DataFrame({"item": had.products}) if self.items is None else self.items
        goods = read_goods(items.rename(columns=NAMES))
        visits = None if self.visits is None else self.visits.rename(columns=NAMES | {"time": "occurred_at"})
        people = None if self.people is None else self.people.rename(columns=NAMES)
        return Side(goods, read_visits(visits, had.customers, goods, self.day), read_people(people, had.customers))

    def had(self, users: np.ndarray) -> History:
        weight = self.frame["weight"].to_numpy(float) if "weight" in self.frame else np.ones(len(self.frame))
        kept = self.frame.iloc[np.repeat(np.arange(len(weight)), np.ceil(weight).astype(int))]
        again = kept.groupby(level=0).cumcount().to_numpy()
        time = pd.to_datetime(kept["time"]).dt.normalize() - pd.to_timedelta(again, unit="D")
        rows = pd.DataFrame({"customer_id": kept["user"], "product_id": kept["item"], "order_date": time})
        return read_history(rows, self.day, users)


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
    if data.items is not None and (data.category_cap or data.diversity):
        ranked = spread_items(scores, is_open, data, spread_of(data.items, fitted.products, data))
    user, rank = np.nonzero(ranked != NOTHING)
    item = ranked[user, rank]
    found = {"user": batch.customers[user].astype(object), "rank": rank + 1}
    return pd.DataFrame(found | {"item": fitted.products[item].astype(object), "score": scores[user, item]})


def spread_of(items: pd.DataFrame, known: np.ndarray, data: Interactions) -> Spread:
    if "category" not in items:
        raise BadInput("items lack the column category, which category_cap and diversity ask for")
    return Spread(number_categories(items.rename(columns=NAMES), known), data.category_cap, data.diversity)


def spread_items(scores: np.ndarray, is_open: np.ndarray, data: Interactions, spread: Spread) -> np.ndarray:
    """The best items of each user (c, length) with a spread over categories; scores count as shares of the user's
    range, because diversity takes a share of what an item is worth.
    """
    low, high = scores.min(axis=1, keepdims=True), scores.max(axis=1, keepdims=True)
    worth = (scores - low) / np.maximum(high - low, 1e-12)
    every = rank_products(worth, is_open, scores.shape[1])
    rates = np.take_along_axis(worth, np.maximum(every, 0), axis=1)
    place = fill_places(every[None], rates[None], [data.length], spread)[1]
    return np.where(place == NOTHING, NOTHING, np.take_along_axis(every, np.maximum(place, 0), axis=1))


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
