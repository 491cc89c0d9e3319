"""What other policies would have earned, on logs whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from ml.measuring.off_policy import Limits
from ml.measuring.policies import NOTHING, ONLY_PLANNED, PLAN, UNIFORM, find_decisions, value_policies
from tests.ml.drawn_units import units

NO_CHOICES = pd.DataFrame(
    {"first_day": pd.Series(dtype=object), "customer_id": pd.Series(dtype=object), "propensity_offer": None}
).assign(effect_offer=None)
WORTH = {"": 1.0, "good": 3.0, "bad": 0.0}
LOOSE = Limits(effective_count=20, weight_share=0.2)


def drawn(count: int, seed: int = 3) -> pd.DataFrame:
    """Two offers, each shown to a quarter of the customers and withheld from another."""
    random = np.random.default_rng(seed)
    offer, is_shown = random.choice(["good", "bad"], count), random.random(count) < 0.5
    worth = [WORTH[name if shown else ""] for name, shown in zip(offer, is_shown, strict=True)]
    return units([0.0] * count, [], origin="shop", chosen_by="exploration").assign(
        offer_id=offer,
        offer_type=offer,
        is_shown=is_shown,
        first_day="2025-12-01",
        shown_probability=0.5,
        assignment_probability=0.25,
        margin_in_scope=worth + random.normal(0, 0.5, count),
        customer_id=[f"{number:05}" for number in range(count)],
    )


def values(decisions: pd.DataFrame, limits: Limits = LOOSE) -> pd.DataFrame:
    return value_policies(decisions, limits, 0.95).set_index(["policy", "estimator"])


@pytest.mark.parametrize("estimator", ["ips", "snips", "dr", "switch_dr"])
def test_the_value_of_a_policy_is_that_of_its_actions(estimator: str) -> None:
    found = values(find_decisions(drawn(4000), NO_CHOICES))
    assert found.loc[(NOTHING, estimator), "value"] == pytest.approx(1.0, abs=0.15)
    assert found.loc[(UNIFORM, estimator), "value"] == pytest.approx((3 + 0) / 2, abs=0.15)
    assert found.loc[(UNIFORM, estimator), "gain_low"] < 0.5 < found.loc[(UNIFORM, estimator), "gain_high"]


def test_a_policy_that_picks_the_good_offer_earns_what_it_is_worth() -> None:
    log = drawn(4000)
    choices = log[["first_day", "customer_id"]].assign(propensity_offer="bad", effect_offer="good")
    found = values(find_decisions(log, choices))
    for policy, worth in {"effect": 3.0, "propensity": 0.0}.items():
        assert found.loc[(policy, "dr"), "value"] == pytest.approx(worth, abs=0.15)
        assert found.loc[(policy, "dr"), "low"] < worth < found.loc[(policy, "dr"), "high"]
    assert found.loc[("effect", "dr"), "gain"] == pytest.approx(2.0, abs=0.2)


def test_a_log_that_cannot_answer_says_so_instead_of_giving_a_number() -> None:
    log = drawn(400)
    choices = log[["first_day", "customer_id"]].assign(propensity_offer="never drawn", effect_offer=None)
    found = values(find_decisions(log, choices))
    assert np.isnan(found.loc[("propensity", "snips"), "value"])
    assert "never takes" in found.loc[("propensity", "snips"), "refusal"]
    few = values(find_decisions(drawn(60), NO_CHOICES), Limits(effective_count=100))
    assert "effective units are fewer" in few.loc[(UNIFORM, "ips"), "refusal"]


def test_days_of_several_offers_and_of_open_windows_are_left_out() -> None:
    log = drawn(4)
    log.loc[1, ["customer_id"]] = log.loc[0, "customer_id"]
    log.loc[2, "is_closed"] = False
    assert find_decisions(log, NO_CHOICES)["customer_id"].tolist() == ["00003"]


def test_the_plan_is_valued_without_what_only_a_lot_chose() -> None:
    log = drawn(4000).assign(origin="platform", chosen_by="treatment")
    explored = log["offer_id"].eq("bad")
    log.loc[explored, "chosen_by"] = "exploration"
    found = values(find_decisions(log, NO_CHOICES))
    assert found.loc[(PLAN, "snips"), "value"] == pytest.approx(3.0, abs=0.15)
    assert (PLAN, "dr") not in found.index  # the log does not say what the plan was for explorers


def platform_log(count: int, seed: int = 5) -> pd.DataFrame:
    """What the platform logs of `count` customers, half without a plan, those only where they explore.

    Everybody's plan is the good offer, explorers draw either; a fifth of what would be sent is withheld.
    """
    random = np.random.default_rng(seed)
    is_idle, explores = random.random(count) < 0.5, random.random(count)
    rate = np.where(is_idle, 0.1, 0.4)
    draws = np.where(random.random(count) < 0.5, "good", "bad")
    offer = np.where(explores < rate, draws, "good")
    chance = rate / 2 + np.where(is_idle | (offer == "bad"), 0.0, 1 - rate)
    is_shown = random.random(count) < 0.8
    log = drawn(count, seed).assign(
        origin="platform", offer_id=offer, offer_type=offer, is_idle=is_idle, is_shown=is_shown, shown_probability=0.8,
        assignment_probability=chance * np.where(is_shown, 0.8, 0.2),
        margin_in_scope=[WORTH[name if shown else ""] for name, shown in zip(offer, is_shown, strict=True)],
    )  # fmt: skip
    return log[~is_idle | (explores < rate)].reset_index(drop=True)


def mean_weight(decisions: pd.DataFrame, action: str) -> float:
    return float((decisions["action"].eq(action) / decisions["logged"]).mean())


@pytest.mark.parametrize("action", ["", "good", "bad"])
def test_weights_average_one_although_customers_without_a_plan_are_logged_only_as_explorers(action: str) -> None:
    log = platform_log(20_000)
    assert mean_weight(find_decisions(log, NO_CHOICES), action) == pytest.approx(1.0, abs=0.06)
    if action:  # whoever has no plan explores one time in ten, and the log has no row of the other nine
        assert mean_weight(find_decisions(log.assign(is_idle=False), NO_CHOICES), action) > 1.3


def test_the_platforms_own_log_answers_and_says_of_whom() -> None:
    log = platform_log(20_000)
    choices = log[["first_day", "customer_id"]].assign(propensity_offer="bad", effect_offer="good")
    found = values(find_decisions(log, choices))
    for policy, worth in {"effect": 3.0, "propensity": 0.0, NOTHING: 1.0, UNIFORM: 1.5}.items():
        assert found.loc[(policy, "snips"), "value"] == pytest.approx(worth, abs=0.1)
        assert found.loc[(policy, "dr"), "refusal"] == ""
    assert found["caveat"].str.contains(ONLY_PLANNED, regex=False).all()
    everybody = values(find_decisions(log.assign(is_idle=False), choices))
    assert everybody.loc[("effect", "snips"), "refusal"]
