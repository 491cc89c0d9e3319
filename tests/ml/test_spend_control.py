"""What earlier plans teach about costs, and that what is planned leaves room for chance."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as draws
from hypothesis import strategies as st

from ml.deciding.spend_control import Risk, estimate_factors, factors_of, keep_reserve
from tests.ml.a_morning import campaigns, decided, given, morning, offers

TERMS = SimpleNamespace(spend_prior_error=0.15, spend_kind_error=0.2)


def spent(**costs: tuple[float, float]) -> pd.DataFrame:
    """Planned and actual cost of each kind of offer, whose uses take off 5."""
    rows = [
        {"offer_type": kind, "offers_given": 100, "redemption_count": int(actual / 5), "planned_cost": planned,
         "actual_cost": actual, "planned_variance": 5 * planned, "actual_variance": 5 * actual}
        for kind, (planned, actual) in costs.items()
    ]  # fmt: skip
    columns = ["offer_type", "offers_given", "redemption_count", "planned_cost", "actual_cost", "planned_variance"]
    return pd.DataFrame(rows, columns=[*columns, "actual_variance"])


def test_without_history_nothing_is_corrected_and_little_is_known() -> None:
    factors = estimate_factors(spent(), TERMS)
    assert factors["factor"].tolist() == [1.0]
    assert factors["factor_error"].tolist() == pytest.approx([0.15])
    assert factors_of(factors, pd.Series(["gift", None])).tolist() == [1.0, 1.0]


def test_the_factor_comes_near_the_ratio_as_history_grows() -> None:
    few, many = (estimate_factors(spent(coupon=(size, 2 * size)), TERMS) for size in (10.0, 100_000.0))
    assert 1 < few["factor"].iloc[-1] < 1.5
    assert many["factor"].iloc[-1] == pytest.approx(2.0, abs=0.01)
    assert many["factor_low"].iloc[-1] < 2 < many["factor_high"].iloc[-1]
    assert many["factor_error"].iloc[0] < few["factor_error"].iloc[0]


def test_a_kind_with_few_uses_leans_on_all() -> None:
    factors = estimate_factors(spent(coupon=(50_000.0, 75_000.0), gift=(5.0, 0.0)), TERMS).set_index("offer_type")
    assert factors.loc["gift", "ratio"] == 0.0
    assert factors.loc["gift", "factor"] > 1.3
    assert factors_of(factors.reset_index(), pd.Series(["points"]))[0] == factors.loc["", "factor"]


def test_costs_that_were_planned_too_low_make_offers_dearer_and_less_worth() -> None:
    taught = estimate_factors(spent(coupon=(50_000.0, 100_000.0)), TERMS)
    plain, wiser = (decided(one).assignments for one in (morning(), replace(morning(), spend_factors=taught)))
    assert wiser.empty  # 0.1 × (8 × 0.25 − 2) earns nothing
    assert plain["expected_cost"].tolist() == pytest.approx([0.1] * 4)
    dearer = estimate_factors(spent(coupon=(50_000.0, 60_000.0)), TERMS)
    corrected = decided(replace(morning(), spend_factors=dearer)).assignments
    assert corrected["expected_cost"].tolist() == pytest.approx([0.12] * 4, abs=1e-3)
    assert corrected["expected_margin"].tolist() == pytest.approx([0.08] * 4, abs=1e-3)


def test_what_the_decisions_used_is_written_down() -> None:
    taught = estimate_factors(spent(coupon=(50_000.0, 60_000.0)), TERMS)
    factors = decided(replace(morning(), spend_factors=taught)).spend_factors
    assert factors["offer_type"].tolist() == ["", "coupon"]
    assert factors["day"].notna().all()


@draws(
    remaining=st.floats(0, 1e5),
    variance=st.floats(0, 1e5),
    scale=st.floats(0, 50),
    rate=st.floats(1e-4, 0.5),
    error=st.floats(0, 1),
)
def test_the_reserve_holds_for_every_budget(
    remaining: float, variance: float, scale: float, rate: float, error: float
) -> None:
    risk = Risk(rate, error)
    planned = keep_reserve(np.array([remaining]), np.array([variance]), np.array([scale]), risk)[0]
    assert 0 <= planned <= remaining
    more = keep_reserve(np.array([remaining + 10]), np.array([variance]), np.array([scale]), risk)[0]
    assert more >= planned - 1e-9


def test_actual_uses_stay_within_the_budget_as_often_as_it_says() -> None:
    random = np.random.default_rng(11)
    risk, discount, chance = Risk(0.02, 0.0), 5.0, 0.1
    planned = keep_reserve(np.array([200.0]), np.array([0.0]), np.array([discount]), risk)[0]
    offered = int(planned / (discount * chance))
    used = discount * random.binomial(offered, chance, size=4000)
    assert 0.004 < (used > 200).mean() < 0.03
    assert (discount * random.binomial(int(200 / (discount * chance)), chance, size=4000) > 200).mean() > 0.4


def test_a_careful_plan_gives_fewer_offers_of_a_small_budget() -> None:
    world = morning(coupons=offers("A"), campaigns=campaigns(budget=0.6))
    assert len(given(decided(world))) == 2
    assert len(given(decided(world, budget_risk_rate=0.02))) == 0
