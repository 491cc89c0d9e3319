"""What showing an offer is expected to cost: the chance of use times what it takes off, or learned from past costs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ml.learning.encoding import Encoding
from ml.learning.metrics import FloatArray
from ml.models import catalogue
from ml.models.contract import Recipe
from ml.models.uplift.bases import Boosted
from ml.models.uplift.folds import NewestRows, Positions
from ml.models.uplift.trial import Trial

CHANCE, LEARNED = "chance of use times amount", "learned from costs"
FILE = "costs.json"
PRIOR_USES = 20  # of a kind with fewer uses on the newest days the factor is drawn toward that of all kinds


@dataclass(frozen=True, eq=False)
class Paid:
    """n shown offers: features of the day, what they cost the shop in currency, the customer's number, the day."""

    features: pd.DataFrame
    cost: FloatArray
    unit: "np.ndarray[Any, np.dtype[np.int64]]"
    day: "np.ndarray[Any, np.dtype[np.datetime64]]"

    @classmethod
    def of(cls, trial: Trial, day: "np.ndarray[Any, np.dtype[np.datetime64]]") -> "Paid":
        shown = np.flatnonzero(trial.treated)
        features = trial.features.iloc[shown].reset_index(drop=True)
        return cls(features, trial.cost[shown], trial.unit[shown], day[shown])

    def __len__(self) -> int:
        return len(self.cost)

    def take(self, rows: Positions) -> "Paid":
        return Paid(self.features.iloc[rows].reset_index(drop=True), self.cost[rows], self.unit[rows], self.day[rows])

    def split(self, rate: float, horizon_days: int) -> tuple["Paid", "Paid"]:
        """Rows that teach and the newest that judge; half of the units each where no label closed before these."""
        newest = NewestRows.of(self.day, rate, horizon_days)
        known, judged = (newest.known, newest.judged) if newest else halves(self.unit)
        return self.take(known), self.take(judged)


@dataclass(frozen=True)
class CostModel:
    """Expected cost per shown offer in currency. `factors` by offer type bring the plan to what was paid on the newest
    days, `overall` is that of types not seen on them."""

    method: str
    factors: Mapping[str, float]
    overall: float
    encoding: Encoding
    learned: Boosted

    def plan(self, features: pd.DataFrame, chance: FloatArray) -> FloatArray:
        """Expected cost of n pairs, shape (n,), never below 0; `chance` of use (n), not a number where unknown."""
        planned = self.learned.predict(self.encoding.apply(features))
        if self.method == CHANCE:
            by_chance = chance * amount_off(features)
            planned = np.where(np.isfinite(by_chance), by_chance, planned)
        factor = features["offer_type"].astype(object).map(dict(self.factors)).fillna(self.overall)
        return np.maximum(planned * factor.to_numpy(dtype=float), 0.0)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "method": self.method,
            "factors": dict(self.factors),
            "overall": self.overall,
            "encoding": self.encoding.as_json(),
            "settings": dict(self.learned.settings),
        }
        (folder / FILE).write_text(json.dumps(content, indent=1))
        self.learned.write(folder)

    @classmethod
    def load(cls, folder: Path) -> "CostModel":
        content = json.loads((folder / FILE).read_text())
        learned = Boosted(content["settings"], 0, "poisson")
        learned.read(folder)
        encoding = Encoding.from_json(content["encoding"])
        return cls(content["method"], content["factors"], content["overall"], encoding, learned)


def amount_off(features: pd.DataFrame) -> FloatArray:
    """The shop's part of what a use takes off, in currency (n): of a percentage that of the customer's usual part in
    scope, the shop's mean where there is none; else the face value, or what a gift costs.

    >>> amount_off(pd.DataFrame({"discount_type": ["percent", "amount", "gift"], "depth_rate": [0.2, 0.1, 0.06],
    ...     "mean_scope_amount": [30.0, 30.0, None], "shop_mean_scope_amount": 20.0, "min_basket": [None, 50.0, 50.0],
    ...     "face_value": [4.0, 5.0, None], "shop_funded_rate": [0.5, 1.0, 1.0]})).tolist()
    [3.0, 5.0, 3.0]
    """
    depth, needed = features["depth_rate"].astype(float), features["min_basket"].astype(float)
    shop = features["shop_mean_scope_amount"].astype(float)
    of_percent = depth * features["mean_scope_amount"].astype(float).fillna(shop)
    fixed = features["face_value"].astype(float).fillna(depth * needed.fillna(shop))
    off = np.where((features["discount_type"] == "percent").to_numpy(dtype=bool), of_percent, fixed)
    return np.nan_to_num(off * features["shop_funded_rate"].to_numpy(dtype=float))


def learn_costs(
    paid: Paid, parts: tuple[Paid, Paid], settings: Mapping[str, Any], recipe: Recipe | None
) -> tuple[CostModel, dict[str, Any]]:
    """The method that came nearer to what the rows of the newest days cost, and what was found, for a card.

    `parts` of what was paid teach and judge; the final fit learns from all.

    `recipe` makes the learner of the chance of use; without one costs are learned. Deviance is that of Poisson, down is
    good; `planned_over_paid` is judged on half of the newest days' customers with factors from the other half.
    """
    known, judged = parts
    plans = {LEARNED: fit_cost(known, settings)[1].predict(Encoding.fit(known.features).apply(judged.features))}
    if recipe is not None:
        plans[CHANCE] = chance_of_use(known, judged, recipe) * amount_off(judged.features)
    rates = {name: in_total(plan, known, judged) for name, plan in plans.items()}
    found = {name: deviance(judged.cost, plan * rates[name]) for name, plan in plans.items()}
    method = min(found, key=lambda name: found[name])
    encoding, learned = fit_cost(paid, settings)
    factors, overall = factors_by_kind(judged, plans[method])
    card = {"method": method, "deviance": found, "planned_over_paid": judge_factors(judged, plans[method])}
    return CostModel(method, factors, overall, encoding, learned), card


def fit_cost(rows: Paid, settings: Mapping[str, Any]) -> tuple[Encoding, Boosted]:
    encoding = Encoding.fit(rows.features)
    model = Boosted(settings, 0, "poisson")
    model.fit(encoding.apply(rows.features), rows.cost, np.ones(len(rows)))
    return encoding, model


def chance_of_use(known: Paid, judged: Paid, recipe: Recipe) -> FloatArray:
    encoding = Encoding.fit(known.features)
    learner = catalogue.make(recipe).fit(encoding.apply(known.features), (known.cost > 0).astype(float))
    return learner.predict(encoding.apply(judged.features))


def in_total(plan: FloatArray, known: Paid, judged: Paid) -> float:
    """The factor at which the plan of the judged rows costs on average what the known rows did."""
    average = float(np.mean(plan)) if len(judged) else 0.0
    return float(np.mean(known.cost)) / average if average > 0 else 1.0


def deviance(cost: FloatArray, plan: FloatArray) -> float:
    """Mean Poisson deviance of n costs under their plans; 0 is exact.

    >>> deviance(np.array([2.0, 0.0]), np.array([2.0, 1.0]))
    1.0
    """
    plan = np.maximum(plan, 1e-9)
    ratio = np.divide(cost, plan, out=np.ones(len(cost)), where=cost > 0)
    return float(2 * np.mean(cost * np.log(ratio) - (cost - plan)))


def factors_by_kind(rows: Paid, plan: FloatArray) -> tuple[dict[str, float], float]:
    """Paid over planned by offer type, drawn toward that of all types by the worth of `PRIOR_USES` uses.

    Where nothing was used there is nothing to learn a factor from, and the plan stands.
    """
    uses = max(int((rows.cost > 0).sum()), 1)
    if plan.sum() <= 0 or rows.cost.sum() <= 0:
        return {}, 1.0
    overall = float(rows.cost.sum() / plan.sum())
    prior = PRIOR_USES * float(rows.cost.sum()) / uses
    sums = pd.DataFrame({"paid": rows.cost, "planned": plan * overall}).groupby(
        rows.features["offer_type"].astype(str).to_numpy()
    )
    totals = sums.sum()
    ratio = overall * (totals["paid"] + prior) / (totals["planned"] + prior)
    return {str(kind): float(one) for kind, one in ratio.items()}, overall


def judge_factors(judged: Paid, plan: FloatArray) -> float | None:
    """Planned over paid on half of the units with factors from the other half; None where nothing was used."""
    first, second = halves(judged.unit)
    factors, overall = factors_by_kind(judged.take(first), plan[first])
    kinds = judged.features["offer_type"].astype(object).iloc[second]
    factor = kinds.map(factors).fillna(overall).to_numpy(dtype=float)
    paid = float(judged.cost[second].sum())
    return float((plan[second] * factor).sum() / paid) if paid > 0 else None


def halves(unit: "np.ndarray[Any, np.dtype[np.int64]]") -> tuple[Positions, Positions]:
    is_first = unit % 2 == 0
    return np.flatnonzero(is_first), np.flatnonzero(~is_first)
