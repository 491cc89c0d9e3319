"""A plan with other terms, on a morning small enough to check by hand."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ml import parameters
from ml.deciding.chance import Lottery
from ml.deciding.screen import Terms
from ml.planning.change import Change, change_world, discount_rates
from ml.planning.curve import MULTIPLES, draw_curve
from ml.reporting.page import render
from ml.reporting.planned import tell_plan
from tests.ml.a_morning import DECIDE, RUN, SHOP, campaigns, customers, morning, offers, pairs
from warehouse.errors import BadInput

TERMS = Terms(SimpleNamespace(**SHOP), SimpleNamespace(**DECIDE))
LOTTERY = Lottery(b"any key", RUN, holdout_rate=0.0, exploration_rate=0.0)
NO_BOUNDS = pd.DataFrame({"customer_id": [], "offer_id": [], "below": [], "above": []}).astype(
    {"customer_id": object, "offer_id": object}
)


def curve(change: Change, bounds: pd.DataFrame = NO_BOUNDS, lottery: Lottery = LOTTERY) -> pd.DataFrame:
    people, coupons = customers(*map(str, range(8))), offers("A")
    made = morning(people, coupons, pairs=pairs(people, coupons), campaigns=campaigns(budget=0.4))
    return draw_curve(made, change, TERMS, lottery, bounds)


def test_more_budget_never_earns_less_and_the_asked_one_is_marked() -> None:
    points = curve(Change())
    assert points["value"].is_monotonic_increasing
    assert points.loc[points["is_asked"], "budget"].tolist() == pytest.approx([0.4])
    assert points.loc[points["is_asked"], "cost"].item() == pytest.approx(0.4)  # four coupons of 0.1
    assert points.loc[points["is_asked"], "value"].item() == pytest.approx(4 * 0.1)
    assert points["offers"].iloc[-1] == 8  # everybody, whatever the budget
    assert (points["cost"] <= points["budget"] + 1e-9).all()


def test_another_budget_is_planned_with_and_the_rest_stays_as_it_is() -> None:
    points = curve(Change("C", budget=0.2))
    assert points.loc[points["is_asked"], "offers"].item() == 2
    assert points["budget"].tolist() == pytest.approx([0.2 * multiple for multiple in MULTIPLES])


def test_an_audience_nobody_belongs_to_earns_nothing() -> None:
    assert curve(Change("C", audience="lapsed"))["value"].sum() == 0
    assert curve(Change("C", audience="active"))["value"].sum() > 0


def test_a_deeper_discount_is_valued_with_care() -> None:
    same, deeper, shallower = (curve(Change("C", discount=value)) for value in (1.0, 1.2, 0.5))
    asked = [points.loc[points["is_asked"]].iloc[0] for points in (same, deeper, shallower)]
    assert asked[1]["value"] < asked[0]["value"]
    assert asked[1]["cost"] / asked[1]["offers"] == pytest.approx(0.1 * 1.2 * 1.2)
    assert asked[2]["cost"] / asked[2]["offers"] == pytest.approx(0.1 * 0.5)
    assert discount_rates(morning(), Change("C", discount=2.0)).tolist() == [2.0, 2.0]


def test_effects_that_may_be_off_make_the_range() -> None:
    bounds = pd.DataFrame({"customer_id": [str(n) for n in range(8)], "offer_id": "A", "below": 0.05, "above": 0.02})
    asked = curve(Change(), bounds=bounds).query("is_asked").iloc[0]
    assert asked["low"] == pytest.approx(asked["value"] - 4 * 0.05)
    assert asked["high"] == pytest.approx(asked["value"] + 4 * 0.02)
    assert "effects" in asked["interval"]
    assert "response" in curve(Change())["interval"].iloc[0]


def test_what_will_be_withheld_earns_nothing() -> None:
    half = curve(Change(), lottery=replace(LOTTERY, holdout_rate=0.5))
    whole = curve(Change())
    assert half["value"].to_numpy() == pytest.approx(0.5 * whole["value"].to_numpy())


def test_a_campaign_that_does_not_run_is_refused() -> None:
    with pytest.raises(BadInput, match="no campaign Z can be planned"):
        change_world(morning(), Change("Z", budget=1.0))


def test_the_change_leaves_the_morning_it_was_made_from() -> None:
    world = morning()
    changed = change_world(world, Change("C", budget=1.0, audience="new"))
    assert changed.campaigns["budget"].tolist() == [1.0]
    assert world.campaigns["budget"].tolist() == [100.0]
    assert not world.offers["audience"].eq("new").any()


def test_the_page_says_that_it_is_a_dry_run_and_what_the_range_is() -> None:
    page = render(tell_plan(date(2017, 11, 27), Change("C", discount=2.0), curve(Change("C")), parameters.load()))
    for words in ("dry run", "Campaign C with a discount of 2", "Observational", "shadow price", "(asked)"):
        assert words in page
    assert np.char.count(page, "valued with care") == 1
