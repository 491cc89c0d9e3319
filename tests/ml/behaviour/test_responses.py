"""A yes or no learned from a plain frame: the cause is found, signs are kept to, what lacks is said."""

import numpy as np
import pandas as pd
import pytest

from ml.models.responses import learn_response
from warehouse.errors import BadInput


def frame(customers: int = 150, weeks: int = 12) -> pd.DataFrame:
    """Orders raise the chance, but not of those with seven: a dent that a sign forbids to learn."""
    chance = np.random.default_rng(3)
    days = np.repeat(pd.date_range("2024-01-01", periods=weeks, freq="7D").astype(str), customers)
    orders = chance.integers(0, 10, len(days))
    likely = np.where(orders == 7, 0.02, 0.05 + 0.08 * orders)
    outcome = (chance.random(len(days)) < likely).astype(int)
    customer = np.tile([f"c{one}" for one in range(customers)], weeks)
    return pd.DataFrame({"day": days, "customer_id": customer, "orders": orders, "outcome": outcome})


def test_chances_rise_with_a_rising_feature_even_where_the_data_dip_and_dip_without_the_sign():
    asked = pd.DataFrame({"orders": np.arange(10)})
    signed = learn_response(frame(), 7, rising=["orders"], candidates=["lightgbm"]).predictor.predict(asked)
    free = learn_response(frame(), 7, candidates=["lightgbm"]).predictor.predict(asked)
    assert (np.diff(signed) >= 0).all()
    assert signed[9] > signed[0] + 0.2
    assert free[7] < free[6]


def test_the_floors_take_part_and_the_winner_is_calibrated_on_days_it_had_not_seen():
    found = learn_response(frame(), 7, rising=["orders"], rule=("orders",))
    assert set(found.cards) == {"base_rate", "rate_by_rule", "logistic_regression", "lightgbm"}
    assert found.cards["lightgbm"]["metrics"]["auc"]["low"] > 0.5 == found.cards["base_rate"]["metrics"]["auc"]["value"]
    assert found.cards[found.choice.name]["metrics"]["calibration_error"]["value"] < 0.1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (frame().drop(columns="customer_id"), "missing \\['customer_id'\\]"),
        (frame().assign(outcome=0), "nothing to tell apart"),
    ],
)
def test_what_cannot_be_learned_from_is_said(given, said):
    with pytest.raises(BadInput, match=said):
        learn_response(given, 7)
