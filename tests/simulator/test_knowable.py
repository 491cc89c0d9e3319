"""The best by what a shop can see lies between nothing and the best by the truth, and depends on what can be seen."""

import numpy as np
import pandas as pd

from simulator.knowable import choose_within_budget, knowable_value
from simulator.policy import NO_LIMIT
from simulator.yardsticks import Yard, oracle_value

CUSTOMERS = 2_000
ANSWERS = np.arange(CUSTOMERS) % 2 == 0  # every other customer is worth 3, the others cost 2


def yard(budget: float) -> Yard:
    value = np.where(ANSWERS, 3.0, -2.0)[:, None]
    nothing, limits = np.zeros(CUSTOMERS), np.array([NO_LIMIT])
    return Yard(np.arange(CUSTOMERS), value, np.ones((CUSTOMERS, 1)), value, nothing, limits, budget, seed=1, day=0)


def test_who_sees_the_answer_earns_what_the_oracle_earns() -> None:
    features = pd.DataFrame({"answers": ANSWERS.astype(float), "noise": np.arange(CUSTOMERS) % 7})
    assert knowable_value(features, yard(500.0)) == oracle_value(yard(500.0)) == 1_500.0


def test_who_sees_nothing_earns_the_mean_customer_s_worth() -> None:
    features = pd.DataFrame({"noise": (np.arange(CUSTOMERS) // 2) % 7})
    earned = knowable_value(features, yard(1e9))
    assert oracle_value(yard(1e9)) == 3_000.0
    assert 0 < earned < 1_500.0  # 1,000 × 3 − 1,000 × 2, give or take what the noise says


def test_the_true_cost_keeps_to_the_budget_whatever_is_expected() -> None:
    purse = yard(100.0)
    chosen = choose_within_budget(np.ones((CUSTOMERS, 1)), np.full((CUSTOMERS, 1), 0.1), purse)
    assert 0 < (chosen >= 0).sum() <= 100
