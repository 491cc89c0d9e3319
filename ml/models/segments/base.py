"""What every way to cut customers into segments shares: scores by fifths, and one name per customer."""

from abc import abstractmethod
from typing import Any, Self

import numpy as np
import pandas as pd

from ml.models.model import Model, State
from ml.models.segments.portraits import NO_ORDERS, Portraits
from ml.models.segments.quintiles import SCORED, borders, scores
from warehouse.errors import NotAvailable


class Segmentation(Model[Portraits]):
    """Scores a row per customer: customer_id, segment (a name), and scores of 1 to 5 for recency, frequency and money.

    Customers without orders form a segment of their own and have no scores.
    """

    def fit(self, data: Portraits) -> Self:
        if not data.has_orders.any():
            raise NotAvailable("nobody has ordered anything")
        self.borders = borders(data.frame[data.has_orders])
        self.learn(data)
        return self

    def score(self, data: Portraits) -> pd.DataFrame:
        rows = data.frame[data.has_orders]
        marked = scores(rows, self.borders)
        names = pd.Series(self.assign(rows, marked), index=rows.index, dtype=object)
        found = pd.DataFrame({"customer_id": data.frame["customer_id"]})
        found["segment"] = names.reindex(found.index).fillna(NO_ORDERS)
        return found.join(marked)

    @abstractmethod
    def learn(self, data: Portraits) -> None: ...

    @abstractmethod
    def assign(self, rows: pd.DataFrame, marked: pd.DataFrame) -> Any:
        """A name (n) per row of customers with orders, whose scores are `marked`."""

    def state(self) -> State:
        return State({**self.borders, **self.learned_arrays()}, self.learned())

    def restore(self, state: State) -> None:
        self.borders = {score: np.asarray(state.arrays[score], dtype=float) for score in SCORED}
        self.relearn(state)

    def learned_arrays(self) -> dict[str, np.ndarray]:
        return {}

    def learned(self) -> dict[str, Any]:
        return {}

    def relearn(self, state: State) -> None:
        """Nothing more is learned unless a candidate says so."""

    def details(self) -> dict[str, Any]:
        return {"borders": {name: [float(one) for one in values] for name, values in self.borders.items()}}
