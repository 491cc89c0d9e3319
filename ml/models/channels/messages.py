"""Messages and their answers, and rates of them pulled to the shop's."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.deciding.response import shrink_rates
from ml.learning.metrics import FloatArray

COLUMNS = ("customer_id", "channel", "hour", "answered")


@dataclass(frozen=True)
class Messages:
    """`frame` has a row per message: customer_id, channel, hour (0-23 of the shop's day), answered; by time if it has
    ds (day). An answer is what the shop counts as one, here an order within a day or the use of an offer.
    """

    frame: pd.DataFrame

    def parts(self, share: float) -> tuple["Messages", "Messages"]:
        """The older `share` of the messages and the newer rest, cut between days where days are known."""
        if "ds" not in self.frame:
            cut = int(share * len(self.frame))
            return Messages(self.frame.iloc[:cut]), Messages(self.frame.iloc[cut:])
        border = self.frame["ds"].quantile(share, interpolation="higher")
        return Messages(self.frame[self.frame["ds"] < border]), Messages(self.frame[self.frame["ds"] >= border])


def read_messages(frame: pd.DataFrame) -> Messages:
    """Messages of a frame from anywhere; ValueError where a column lacks.

    >>> raw = pd.DataFrame({"customer_id": ["a"], "channel": ["app"], "hour": [9], "answered": [True]})
    >>> float(read_messages(raw).frame["answered"].iloc[0])
    1.0
    """
    missing = [column for column in COLUMNS if column not in frame.columns]
    if missing:
        raise ValueError(f"messages need the columns {', '.join(COLUMNS)}; {', '.join(missing)} missing")
    return Messages(frame.assign(answered=frame["answered"].astype(float), hour=frame["hour"].astype("int64")))


@dataclass(frozen=True)
class Rates:
    """Rates of answers (0-1): the shop's by option, and each known customer's (customers × options) pulled to it."""

    customers: pd.Index
    options: tuple[object, ...]
    shop: FloatArray
    own: FloatArray

    def of(self, customers: pd.Series, options: pd.Series) -> FloatArray:
        """The rate (n) of each customer with an option; the shop's for unknown customers, its mean for options."""
        place = pd.Index(self.options).get_indexer(pd.Index(options))
        row = self.customers.get_indexer(pd.Index(customers))
        shop = np.where(place >= 0, self.shop[place], self.shop.mean())
        return np.asarray(np.where((row >= 0) & (place >= 0), self.own[row, place], shop), dtype=float)


def rates_by(data: Messages, column: str | None = None) -> Rates:
    """Beta-binomial rates by an option of the messages, or of all of them; source: ml/deciding/response.py."""
    option = data.frame[column] if column else pd.Series("all", index=data.frame.index)
    options = tuple(sorted(option.unique()))
    customer, customers = pd.factorize(data.frame["customer_id"], sort=True)
    place = pd.Index(options).get_indexer(pd.Index(option))
    sent, answered = (np.zeros((len(customers), len(options))) for _ in range(2))
    np.add.at(sent, (customer, place), 1.0)
    np.add.at(answered, (customer, place), data.frame["answered"].to_numpy(dtype=float))
    shop = (answered.sum(axis=0) + 0.5) / (sent.sum(axis=0) + 1)
    own = shrink_rates(sent, answered, 1)
    return Rates(pd.Index(customers), options, np.asarray(shop, dtype=float), np.where(np.isnan(own), shop, own))
