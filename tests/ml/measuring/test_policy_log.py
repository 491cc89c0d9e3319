import numpy as np
import pandas as pd
import pytest

from ml.measuring.policy_log import Columns, cross_fit_rewards, evaluate_policy, read_log

OFFERS = ("none", "coupon", "points")
COLUMNS = Columns(
    "margin",
    "chance",
    "offer",
    targets={offer: f"new_{offer}" for offer in OFFERS},
    unit="customer",
    features=("spend", "tier"),
)


def morning_log(rows=3000, seed=1):
    """Gold customers earn 3 with points and 1 without, others 2 with a coupon and 1 without; noise around it."""
    random = np.random.default_rng(seed)
    gold = random.random(rows) < 0.4
    action = random.integers(0, 3, rows)
    best = np.where(gold, 2, 1)
    margin = 1 + (action == best) * np.where(gold, 2, 1) + random.normal(0, 0.5, rows)
    frame = pd.DataFrame({"margin": margin, "chance": 1 / 3, "offer": np.array(OFFERS)[action]})
    frame["tier"] = np.where(gold, "gold", "none")
    frame["spend"], frame["customer"] = random.lognormal(size=rows), np.arange(rows) // 2
    for code, offer in enumerate(OFFERS):
        frame[f"new_{offer}"] = (best == code).astype(float)
    return frame


def test_every_estimator_finds_the_value():
    table = evaluate_policy(morning_log(), COLUMNS).set_index("estimator")
    truth = 0.4 * 3 + 0.6 * 2
    assert set(table.index) == {"ips", "snips", "dr", "switch_dr", "dm"}
    assert ((table["low"] < truth) & (truth < table["high"]))[["ips", "snips", "dr", "switch_dr"]].all()
    width = table["high"] - table["low"]
    assert width["dr"] < 0.6 * width["ips"]
    assert "model alone" in table.loc["dm", "caveat"]


def test_only_the_chance_of_what_was_done_is_enough_for_weights():
    frame = morning_log()
    taken = [frame.loc[row, f"new_{offer}"] for row, offer in enumerate(frame["offer"])]
    columns = Columns("margin", "chance", "offer", target="new", unit="customer")
    table = evaluate_policy(frame.assign(new=taken), columns)
    assert table["estimator"].tolist() == ["ips", "snips"]
    whole = evaluate_policy(frame, COLUMNS).set_index("estimator")
    assert table.set_index("estimator")["value"]["ips"] == pytest.approx(whole["value"]["ips"])


def test_no_model_saw_the_customer_it_judges():
    """A model that knows its rows by heart would be exact; one that never saw the customer cannot be."""
    reward = np.arange(40.0)
    units = np.arange(40) // 4

    def learn_by_heart(features, rewards):
        known = dict(zip(features["row"], rewards, strict=True))
        return lambda asked: np.array([known.get(row, -1.0) for row in asked["row"]])

    features = pd.DataFrame({"row": np.arange(40)})
    predicted = cross_fit_rewards(features, np.zeros(40, dtype=int), reward, 2, units, learn_by_heart)
    assert (predicted == -1.0).all()


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        (Columns("margin", "chance", "offer"), "either"),
        (Columns("margin", "odds", "offer", target="new_none"), "no column odds"),
        (Columns("margin", "chance", "offer", targets={"none": "new_none"}), "the action"),
    ],
)
def test_columns_that_do_not_fit_are_told(columns, why):
    with pytest.raises(ValueError, match=why):
        read_log(morning_log(30), columns)
