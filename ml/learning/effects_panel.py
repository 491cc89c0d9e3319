"""The platform's own randomised trial: what chance showed or withheld, with the day's features and what followed."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.learning.families import OFFER_EFFECT, OWN_CONTACTS, Family
from ml.learning.metrics import FloatArray
from ml.learning.panel import MILLION, as_frame, column_types, order, select_features
from ml.models.uplift.trial import Trial
from warehouse import tables

FAMILY = Family(
    name=OFFER_EFFECT,
    features="features.customer_offers",
    labels="features.offer_effect_labels",
    outcome="margin",
    horizon="redemption_horizon_days",
    subject="offer_id",
    excluded=OWN_CONTACTS,
)
PRIMARY = "margin"
OUTCOMES = {"margin": "margin", "orders": "orders", "revenue": "net_amount"}
LABELS = ("is_shown", "shown_probability", "discount_cost", *OUTCOMES)
# Before the shop's part of the discount, which the cost side counts; offers shown together share what they changed.
LOTS = """(
    select
        day, customer_id, offer_id, is_shown, shown_probability, discount_cost,
        {outcomes}
    from features.offer_effect_labels
    where label_closed_on <= $day and shown_probability > 0 and shown_probability < 1
        and md5_number_lower(customer_id) % {million} < {million} * $share
)"""


@dataclass(frozen=True, eq=False)
class EffectPanel:
    """n rows by day, customer and offer: their keys, the trial judged by margin, and its other outcomes by name."""

    keys: pd.DataFrame
    trial: Trial
    outcomes: dict[str, FloatArray]

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def days(self) -> "np.ndarray[tuple[int], np.dtype[np.datetime64]]":
        return np.asarray(self.keys["day"].astype("datetime64[s]"), dtype="datetime64[D]")


def count_lots(day: date) -> tuple[int, int]:
    """Rows whose horizon has closed by the day, and of these the shown ones; 0 where nobody drew lots."""
    if not column_types(FAMILY.labels):
        return 0, 0
    sql = (
        f"select count(*) as n, count(*) filter (is_shown) as shown from {FAMILY.labels} where label_closed_on <= $day"
    )
    found = tables.read(sql, {"day": day}).to_pylist()[0]
    return int(found["n"]), int(found["shown"])


def lots_per_customer(days: npt.ArrayLike, unit: npt.ArrayLike, horizon_days: int) -> float:
    """Lots that a customer with any gets in one horizon, from the day and customer of n rows: rows over distinct pairs
    of customer and horizon, where horizons are counted back from the newest day.

    >>> lots_per_customer(np.array(["2026-01-01", "2026-01-09", "2026-01-10"], "datetime64[D]"), [0, 0, 0], 7)
    1.5
    """
    dates = np.asarray(days, dtype="datetime64[D]")
    horizon = (dates.max() - dates).astype(int) // horizon_days
    pairs = np.unique(np.column_stack([np.asarray(unit), horizon]), axis=0)
    return len(dates) / len(pairs)


def read_trial(day: date, most: int) -> EffectPanel:
    """Rows closed by the day; of more than about `most` those of a share of the customers, drawn by a hash."""
    rows, _ = count_lots(day)
    outcomes = ", ".join(f"{column} / offer_count as {name}" for name, column in OUTCOMES.items())
    lots = LOTS.format(outcomes=outcomes, million=MILLION)
    labels = ", ".join(f"label.{name}" for name in LABELS)
    sql = select_features(FAMILY).format(more=f", {labels}")
    sql = f"{sql} inner join {lots} as label using (day, customer_id, offer_id) order by {order(FAMILY)}"
    return as_trial(as_frame(tables.read(sql, {"day": day, "share": min(most / max(rows, 1), 1.0)})))


def as_trial(frame: pd.DataFrame) -> EffectPanel:
    """A trial of any frame with day, customer_id, subject_id and the labels beside features.

    >>> frame = pd.DataFrame({"day": [date(2026, 1, 5)] * 2, "customer_id": ["a", "b"], "subject_id": "o",
    ...     "x": [1.0, 2.0], "offer_type": "coupon", "depth_rate": 0.1, "is_shown": [True, False],
    ...     "shown_probability": 0.5, "discount_cost": [1.0, 0.0], "margin": [4.0, 3.0], "orders": [1, 1],
    ...     "revenue": [9.0, 8.0]})
    >>> panel = as_trial(frame)
    >>> panel.trial.outcome.tolist(), sorted(panel.outcomes), list(panel.trial.features)
    ([4.0, 3.0], ['orders', 'revenue'], ['x', 'offer_type', 'depth_rate'])
    """
    keys = frame[["day", "customer_id", "subject_id"]]
    features = frame.drop(columns=[*keys, *LABELS])
    trial = Trial.of(
        features,
        treated=frame["is_shown"].to_numpy(dtype=bool),
        outcome=frame[PRIMARY].to_numpy(dtype=float),
        probability=frame["shown_probability"].to_numpy(dtype=float),
        cost=frame["discount_cost"].to_numpy(dtype=float),
        unit=pd.factorize(frame["customer_id"])[0],
        kind=frame["offer_type"].astype(str).to_numpy(),
        depth=frame["depth_rate"].fillna(0).to_numpy(dtype=float),
    )
    outcomes = {name: frame[name].to_numpy(dtype=float) for name in OUTCOMES if name != PRIMARY}
    return EffectPanel(keys, trial, outcomes)
