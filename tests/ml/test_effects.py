"""What offers changed, by hand: totals and parts, what may be told when, levels and arms, looking early, the whole."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from ml.measuring.comparison import Choices
from ml.measuring.effects import measure_effects, widen_by_looks
from ml.measuring.lift import Lift, estimate_lift
from ml.measuring.programme import measure_programme
from tests.ml.drawn_units import READING, units


def by_quantity(effects: pd.DataFrame, **where: str) -> pd.DataFrame:
    kept = effects.query(" and ".join(f"{name} == {value!r}" for name, value in where.items()))
    return kept.set_index("quantity")


def test_each_quantity_is_shown_minus_withheld_and_its_total() -> None:
    effects = by_quantity(measure_effects(units([8.0, 12.0], [4.0, 8.0], cost=0.4), READING), level="campaign")
    wanted = {"revenue": 10 - 6, "margin": (10 - 6) / 4, "cost": 0.4, "earned": 1 - 0.4, "orders": 0.0}
    assert effects["value"][list(wanted)].to_dict() == pytest.approx(wanted)
    assert effects.loc["earned", "total"] == pytest.approx(2 * (1 - 0.4))
    assert effects.loc["return_on_spend", "value"] == pytest.approx(1 / 0.4)
    assert effects.loc["orders", "unit"] == "orders per customer"


def test_halo_cannibalisation_and_what_was_brought_forward_come_off_what_was_earned() -> None:
    shown = [1.0, 1.0, 0.0, 0.0]
    known = units([8.0, 8.0], [4.0, 4.0], cost=0.1).assign(
        margin_elsewhere=np.array(shown) * 0.3,
        margin_of_substitutes=np.array(shown) * -0.2,
        followup_margin=[2.0, 2.0, 2.5, 2.5],
    )
    effects = by_quantity(measure_effects(known, READING), level="campaign")["value"]
    assert effects["margin"] == pytest.approx(1.0 + 0.3 - 0.2)
    assert effects["followup_margin"] == pytest.approx(-0.5)
    assert effects["earned_after_all"] == pytest.approx(1.1 - 0.1 - 0.5)
    assert effects["return_on_spend"] == pytest.approx((1.1 - 0.5) / 0.1)


def test_what_is_not_over_is_not_told() -> None:
    open_units = units([8.0, 12.0], [4.0, 8.0], cost=0.4, is_followed_up=False)
    effects = by_quantity(measure_effects(open_units, READING), level="campaign")
    assert not {"followup_margin", "earned_after_all"} & set(effects.index)
    assert not effects["is_final"].any()
    assert effects["caveat"].str.contains("brought forward").all()
    running = measure_effects(open_units.assign(is_closed=False), READING)
    assert running["caveat"].str.contains("effect so far").all()


def test_too_few_customers_give_no_number() -> None:
    assert measure_effects(units([8.0, 12.0], [4.0]), READING).empty


def test_what_the_plan_chose_is_compared_with_its_own_ghosts() -> None:
    planned, drawn = units([20.0, 20.0], [10.0, 10.0]), units([6.0, 6.0], [5.0, 5.0], chosen_by="exploration")
    effects = measure_effects(pd.concat([planned, drawn], ignore_index=True), READING)
    revenue = effects[(effects["quantity"] == "revenue") & (effects["level"] == "campaign")].set_index("arm")["value"]
    assert revenue.to_dict() == pytest.approx({"all": 13 - 7.5, "treatment": 10.0, "exploration": 1.0})


def test_kinds_of_offers_are_taken_together_over_campaigns_and_a_customer_stays_one() -> None:
    weeks = [
        units([8.0, 8.0], [4.0, 4.0], campaign_id=name, offer_id=f"{name}1", offer_type="coupon") for name in ("C", "D")
    ]
    effects = measure_effects(pd.concat(weeks, ignore_index=True), READING)
    coupon = by_quantity(effects, level="offer_type", offer_type="coupon").loc["revenue"]
    assert (coupon["value"], coupon["shown_customers"]) == (4.0, 2)
    assert "clustered" in coupon["method"]


def test_looking_every_day_at_growing_outcomes_is_wrong_no_more_often_than_it_says() -> None:
    random, shown, wrong = np.random.default_rng(5), np.arange(60) < 30, {"early": 0, "fixed": 0}
    for _ in range(200):
        days = random.normal(size=(10, 60)).cumsum(axis=0)  # nothing changed anything
        lifts = [estimate_lift(row, shown, confidence=0.8, choices=Choices(redraws=False)) for row in days]
        early = [widen_by_looks(lift, look, 0.8) for look, lift in enumerate(lifts, 1)]
        for name, looks in {"early": early, "fixed": lifts}.items():
            wrong[name] += any(not lift.low <= 0 <= lift.high for lift in looks)
    assert wrong["early"] / 200 < 0.2 < wrong["fixed"] / 200


def test_a_later_look_asks_for_more() -> None:
    lift = Lift(1.0, 0.8, 1.2, 500, 500, "by hand", error=0.1)
    reach = [widen_by_looks(lift, look, 0.95).high for look in (1, 2, 10)]
    assert 1.2 < reach[0] < reach[1] < reach[2]


def amounts(first_days: list[date], earned: list[float]) -> pd.DataFrame:
    """One row per customer for the days before and one for the first week."""
    people = pd.DataFrame({"customer_id": [f"{n:02}" for n in range(len(earned))], "first_day": first_days})
    week = people.assign(week=0, orders=1.0, revenue=np.array(earned) * 4, earned=earned, cost=0.0)
    return pd.concat([people.assign(week=-1, orders=1.0, revenue=8.0, earned=2.0, cost=0.0), week])


def test_the_programme_is_everybody_against_the_holdout_offered_or_not() -> None:
    start = date(2025, 12, 1)
    known = amounts([start] * 6, [3.0, 5.0, 2.0, 2.0, 1.0, 3.0])
    held = np.array([False, False, False, False, True, True])
    results = measure_programme(known, held, date(2025, 12, 8), READING)
    earned = results[results["quantity"] == "earned"].set_index("period")
    assert earned["value"].to_dict() == pytest.approx({"since start": 3 - 2, "week": 3 - 2})
    assert earned.loc["since start", "total"] == pytest.approx(4 * (3 - 2))
    assert earned.loc["week", "last_day"] == date(2025, 12, 7)


def test_who_came_later_counts_in_the_whole_and_not_in_the_week_before() -> None:
    start, later = date(2025, 12, 1), date(2025, 12, 4)
    known = amounts([start] * 4 + [later] * 2, [3.0, 3.0, 2.0, 2.0, 9.0, 9.0])
    results = measure_programme(known, np.array([False, False, True, True, False, False]), date(2025, 12, 8), READING)
    earned = results[results["quantity"] == "earned"].set_index("period")
    assert earned["customers"].to_dict() == {"since start": 4, "week": 2}
    assert earned["value"].to_dict() == pytest.approx({"since start": 6 - 2, "week": 3 - 2})


def test_without_a_holdout_nothing_is_claimed() -> None:
    known = amounts([date(2025, 12, 1)] * 3, [3.0, 3.0, 2.0])
    assert measure_programme(known, np.zeros(3, dtype=bool), date(2025, 12, 8), READING).empty
