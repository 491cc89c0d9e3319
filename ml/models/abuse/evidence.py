"""What speaks for abuse, as numbers a learner can compare and as words a reviewer can check."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import betaln

from ml.learning.metrics import FloatArray
from ml.models.abuse.activity import IntArray

OWN = ("redemption_count", "velocity", "offer_rate", "stocked_units", "unvisited_rate")
COLUMNS = (*OWN, "own", "size", "others", "newcomers", "rarity")
LIVING_ON_OFFERS = (2.0, 2.0)  # a beta distribution: abusers' share of bargains is a half, spread widely
LEAST = -1.0  # how far one member at full price can clear the others
CAP = 5.0  # times the distance from the median to the 95th percentile: more is not more suspicious


@dataclass(frozen=True)
class Scales:
    """For each of OWN the shop's median and how far its 95th percentile lies above it, (5,)."""

    centre: FloatArray
    reach: FloatArray

    @classmethod
    def of(cls, behaviour: pd.DataFrame) -> "Scales":
        """From customers with orders; where 95 of 100 do the same, the mean distance of the others stands in."""
        values = behaviour.loc[behaviour["order_count"] > 0, list(OWN)].to_numpy(float)
        if not len(values):
            return cls(np.zeros(len(OWN)), np.ones(len(OWN)))
        centre, high = np.quantile(values, [0.5, 0.95], axis=0)
        above = np.maximum(values - centre, 0)
        mean = above.sum(axis=0) / np.maximum((above > 0).sum(axis=0), 1)
        reach = np.where(high > centre, high - centre, np.where(mean > 0, mean, 1.0))
        return cls(centre, reach)

    def standardise(self, behaviour: pd.DataFrame) -> FloatArray:
        """(n, 5) in 0-CAP: 0 at or below the shop's median, for less of it never speaks for abuse; 1 at its 95th
        percentile.
        """
        return np.clip((behaviour[list(OWN)].to_numpy(float) - self.centre) / self.reach, 0, CAP)


@dataclass(frozen=True)
class Usual:
    """The beta distribution of customers' shares of bargains among their orders; `count` names the bargains."""

    count: str
    first: float
    second: float

    @classmethod
    def of(cls, behaviour: pd.DataFrame, count: str) -> "Usual":
        """By moments of a beta-binomial (Kleinman 1973), each customer weighing as many as their orders."""
        bought = behaviour[behaviour["order_count"] > 0]
        n, k = bought["order_count"].to_numpy(float), bought[count].to_numpy(float)
        if not n.sum():
            return cls(count, 1.0, 9.0)
        mean = float(np.clip(k.sum() / n.sum(), 0.005, 0.5))
        spread = float(np.average((k / n - mean) ** 2, weights=n))
        alone = mean * (1 - mean) * len(n) / n.sum()
        share = np.clip((spread - alone) / (mean * (1 - mean) * (1 - len(n) / n.sum()) + 1e-12), 0.01, 0.5)
        return cls(count, mean * (1 / share - 1), (1 - mean) * (1 / share - 1))

    def weigh(self, behaviour: pd.DataFrame) -> FloatArray:
        """Logarithm of how much likelier each customer's bargains are for one who lives on offers, (n,); 0 without
        orders.

        >>> rows = pd.DataFrame({"order_count": [0.0, 4, 4], "offer_count": [0.0, 0, 4]})
        >>> Usual("offer_count", 0.5, 4.5).weigh(rows).round(1).tolist()
        [0.0, -1.6, 3.6]
        """
        n, k = behaviour["order_count"].to_numpy(float), behaviour[self.count].to_numpy(float)
        return np.asarray(chance_of(k, n, *LIVING_ON_OFFERS) - chance_of(k, n, self.first, self.second))


@dataclass(frozen=True)
class Habits:
    """How usual it is to buy with offers, and to stock up on reduced goods."""

    offers: Usual
    stocks: Usual

    @classmethod
    def of(cls, behaviour: pd.DataFrame) -> "Habits":
        return cls(Usual.of(behaviour, "offer_count"), Usual.of(behaviour, "stock_count"))

    def weigh(self, behaviour: pd.DataFrame) -> FloatArray:
        """The same for who does one of both, whichever: the mean of the two likelihood ratios as a logarithm, (n,)."""
        return np.asarray(np.logaddexp(self.offers.weigh(behaviour), self.stocks.weigh(behaviour)) - np.log(2))

    def as_array(self) -> FloatArray:
        return np.array([self.offers.first, self.offers.second, self.stocks.first, self.stocks.second])

    @classmethod
    def from_array(cls, numbers: FloatArray) -> "Habits":
        first, second, third, fourth = (float(one) for one in numbers)
        return cls(Usual("offer_count", first, second), Usual("stock_count", third, fourth))


def chance_of(k: FloatArray, n: FloatArray, first: float, second: float) -> FloatArray:
    """Logarithm of the beta-binomial chance of k of n, without its binomial coefficient."""
    return np.asarray(betaln(k + first, n - k + second) - betaln(first, second))


def gather_evidence(own: FloatArray, weight: FloatArray, newcomers: FloatArray, component: IntArray) -> FloatArray:
    """The columns COLUMNS for n customers: behaviour (n, 5), the weight of their own bargains (n), the logarithm to
    base 2 of the component's size, the sum of the other members' weights, how many offers for newcomers the others used
    (0 for who used none), and minus the logarithm of the share of customers in components at least as large.

    >>> weight, used, component = np.array([1.0, 3.0, 0.0]), np.ones(3), np.array([0, 0, 1])
    >>> gather_evidence(np.zeros((3, 5)), weight, used, component)[:, 5:].round(1).tolist()
    [[1.0, 1.0, 3.0, 1.0, 0.4], [3.0, 1.0, 1.0, 1.0, 0.4], [0.0, 0.0, 0.0, 0.0, -0.0]]
    """
    size = np.bincount(component)[component].astype(float)
    bounded = np.maximum(weight, LEAST)
    others = np.bincount(component, bounded)[component] - bounded
    used = np.bincount(component, newcomers)[component] - newcomers
    smaller = np.searchsorted(np.sort(size), size, side="left")
    rarity = -np.log1p(-smaller / max(len(size), 1))
    return np.column_stack([own, weight, np.log2(size), others, np.where(newcomers > 0, used, 0.0), rarity])


@dataclass(frozen=True)
class Evidence:
    """What is told of one customer: codes by which evidence is compared between days, and sentences."""

    codes: str
    sentences: str


def tell_evidence(row: pd.Series, usual: pd.Series, shared: str, window_days: int) -> Evidence:
    """Sentences about a row of behaviour with its component's `size`, against the shop's 95th percentiles.

    `shared` names the kinds the accounts have in common.
    """
    told = {}
    if row["size"] > 1:
        told["sharing"] = f"shares {shared} with {row['size'] - 1:.0f} other accounts"
    if row["newcomers_in_component"] > 1 and row["size"] > 1:
        told["newcomer_offers"] = f"these accounts used {row['newcomers_in_component']:.0f} offers for new customers"
    if row["redemption_count"] > usual["redemption_count"]:
        told["redemptions"] = (
            f"used {row['redemption_count']:.0f} offers in {window_days} days where 95 of 100 customers use at most "
            f"{usual['redemption_count']:.0f}"
        )
    if row["velocity"] > usual["velocity"]:
        told["velocity"] = f"used {row['velocity']:.0f} offers within a week"
    if row["offer_rate"] > usual["offer_rate"]:
        share = row["offer_rate"] * (row["order_count"] + 2) / max(row["order_count"], 1)
        told["offer_rate"] = f"{share:.0%} of {row['order_count']:.0f} orders with an offer"
    if row["stocked_units"] > usual["stocked_units"]:
        told["stocking"] = "buys far more units of one product with an offer than is usual"
    if row["unvisited_rate"] > usual["unvisited_rate"]:
        told["unvisited"] = "uses offers without having looked around before"
    return Evidence(",".join(sorted(told)), "; ".join(told.values()))
