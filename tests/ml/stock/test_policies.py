"""Policies reach the share they promise when lived through, with less stock than the mean times days; costs by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ml.models.contract import Recipe
from ml.models.stock.catalogue import CATALOGUE
from ml.models.stock.economics import clear_units, lot, newsvendor_rate, promotion_stock
from ml.models.stock.judging import missing_cost
from ml.models.stock.policies import Policy, fill_rate
from ml.models.stock.replay import replay
from ml.models.stock.shelf import Shelf
from tests.ml.shops import stock as shop
from warehouse.errors import BadInput

COUNT, DAYS = 150, 400


def many(service: float) -> tuple[Shelf, np.ndarray]:
    """Products of one to eight units a day in clumps, and their demand day by day."""
    chance = np.random.default_rng(5)
    mean = chance.uniform(1, 8, COUNT)
    variance = mean * chance.uniform(1.2, 3, COUNT)
    r, p = mean**2 / (variance - mean), mean / variance
    frame = pd.DataFrame({"unique_id": np.arange(COUNT), "mean": mean, "variance": variance})
    frame["lead_days"] = chance.integers(3, 11, COUNT).astype(float)
    shelf = Shelf(frame.assign(lead_sd=0.0, price=10.0, cost=6.0), service)
    return shelf, stats.nbinom.rvs(r[:, None], p[:, None], size=(COUNT, DAYS), random_state=6).astype(float)


def policy(name: str, **settings: float) -> Policy:
    made: Policy = CATALOGUE.make(Recipe(name, settings))  # type: ignore[assignment]
    return made


@pytest.mark.parametrize("service", [0.9, 0.95, 0.98])
def test_the_fill_rate_lived_is_the_one_asked_for_with_less_stock_than_days_of_the_mean(service: float) -> None:
    shelf, demand = many(service)
    lead = shelf.column("lead_days")
    levels = policy("fill_rate").levels(shelf)
    lived = replay(lambda _: levels, demand, lead, levels[1], 60)
    assert lived.fill_rate == pytest.approx(service, abs=0.02)
    for days in range(3, 40):
        thumb = policy("mean_days", reorder_days=days, cover_days=days + 12).levels(shelf)
        same = replay(lambda _, thumb=thumb: thumb, demand, lead, thumb[1], 60)
        if same.fill_rate >= lived.fill_rate:
            break
    assert lived.held.sum() < same.held.sum()


def test_what_is_not_expected_to_sell_needs_little_however_wide_its_range() -> None:
    shelf, _ = many(0.95)
    frame = shelf.frame.iloc[:4].assign(mean=[0.0, 0.0, 1e-6, 0.01], variance=[0.0, 7.0, 7.0, 7.0], doubt=1.0)
    for name in ("fill_rate", "safety_stock", "newsvendor"):
        _, upto = policy(name).levels(Shelf(frame, 0.95))
        assert (upto <= 100).all(), name


def test_one_unit_less_would_not_do() -> None:
    shelf = shop.data(3)
    reorder, upto = policy("fill_rate").levels(shelf)
    assert (fill_rate(shelf, reorder, upto) >= shelf.service).all()
    selling = shelf.column("mean") > 0.5
    assert (fill_rate(shelf, reorder - 1, upto - 1) < shelf.service)[selling].all()


def test_the_safety_stock_of_the_textbook() -> None:
    """s = mean + z · sd of four days of sales (the lead time's fifth is its last night) and of the undershoot."""
    shelf = shop.data(0)
    found = policy("safety_stock").score(shelf)
    mean, until = 20.0, 4
    under = (30 + mean**2) / (2 * mean) - 0.5
    sd = np.sqrt(until * 30 + 1.0**2 * mean**2 + under + under**2 / 3)
    assert found["reorder_level"].iloc[4] == np.ceil(mean * until + under + stats.norm.ppf(0.95) * sd)
    assert found["safety_stock"].iloc[4] == pytest.approx(found["reorder_level"].iloc[4] - mean * until)


def test_more_service_and_a_less_certain_lead_time_need_more_stock() -> None:
    shelf = shop.data(0)
    for name in ("safety_stock", "fill_rate"):
        usual = policy(name).levels(shelf)[0].sum()
        assert policy(name).levels(replace(shelf, service=0.99))[0].sum() > usual
        assert policy(name).levels(replace(shelf, frame=shelf.frame.assign(lead_sd=4.0)))[0].sum() > usual


def test_nothing_is_ordered_above_the_level_and_up_to_the_top_below_it() -> None:
    found = policy("fill_rate").score(shop.data(6))
    low = found["reorder_level"] >= 6
    assert low.any()
    assert not low.all()
    assert (found["order_quantity"][low] == found["order_up_to"][low] - 6).all()
    assert (found["order_quantity"][~low] == 0).all()


def test_the_newsvendor_by_hand() -> None:
    """A paper sold at 10, bought at 6, returned at 5: margin 4 against a loss of 1."""
    rate = newsvendor_rate(np.array([10.0, 10]), np.array([6.0, 10]), np.array([5.0, 5]), np.zeros(2))
    np.testing.assert_allclose(rate, [4 / (4 + 1), 0])
    reorder, upto = policy("newsvendor").levels(shop.data(0))
    assert (upto - reorder == 1).all()


def test_the_lot_is_harris_within_bounds() -> None:
    shelf = shop.data(0)
    best = np.sqrt(2 * 0.01 * 4 / shelf.holding[3])
    assert lot(shelf, {"order_cost": 0.01, "least_cover_days": 0, "most_cover_days": 99})[3] == np.ceil(best)
    assert lot(shelf, {"order_cost": 1e9, "most_cover_days": 21})[3] == 4 * 21
    assert lot(shelf, {})[0] == 1


def test_a_unit_is_cleared_when_it_waits_longer_than_it_is_worth() -> None:
    """Price 10, salvage 3, holding 0.1 a day: worth 70 days; one a day, so the 71st unit and those after it."""
    frame = shop.data(0).frame.iloc[[2]].assign(on_hand=100.0, holding=0.1, salvage=3.0)
    assert clear_units(Shelf(frame), 365) == 30
    assert clear_units(Shelf(frame), 20) == 80
    assert clear_units(Shelf(frame.assign(mean=0.0)), 365) == 99  # one is kept to be seen


def test_a_promotion_needs_its_units_and_their_scatter() -> None:
    shelf = shop.data(0)
    extra = np.array([0.0, 0.0, 10.0, 10.0, 0.0])
    found = promotion_stock(shelf, extra, 0.95)
    assert (found[[0, 1, 4]] == 0).all()
    assert (found[[2, 3]] >= 10).all()


def test_a_missed_unit_costs_what_makes_the_service_level_the_best() -> None:
    """Of reorder levels for one product the cheapest, lived through, serves about the share asked for."""
    shelf, demand = many(0.95)
    one = Shelf(shelf.frame.iloc[:1].reset_index(drop=True), 0.95)
    demand = np.random.default_rng(2).permutation(np.tile(demand[:1], (1, 10)), axis=1)
    size = lot(one, {})
    costs, rates = [], []
    for reorder in range(5, 70):
        levels = (np.array([float(reorder)]), np.array([float(reorder)]) + size)
        lived = replay(lambda _, levels=levels: levels, demand, one.column("lead_days"), levels[1], 60)
        missed = (lived.asked - lived.served) / (demand.shape[1] - 60)
        costs.append(float((one.holding * lived.held + missed * missing_cost(one, 0.5))[0]))
        rates.append(lived.fill_rate)
    assert rates[int(np.argmin(costs))] == pytest.approx(0.95, abs=0.03)


def test_a_replay_loses_what_is_not_there_and_receives_after_the_lead_time() -> None:
    levels = (np.array([0.0]), np.array([2.0]))
    lived = replay(lambda _: levels, np.array([[2.0, 1, 1, 1, 2]]), np.array([2]), np.array([2.0]))
    # evening 0: none left, 2 ordered; day 1 loses 1; morning 2 has 2, sells 1; day 3 sells 1, orders 2; day 4 loses 2
    assert lived.asked[0] == 7
    assert lived.served[0] == 2 + 0 + 1 + 1 + 0
    assert lived.orders[0] == 2


def test_a_bad_frame_is_told() -> None:
    frame = shop.data(0).frame
    with pytest.raises(BadInput, match="lead_sd are missing"):
        Shelf(frame.drop(columns="lead_sd"))
    with pytest.raises(BadInput, match="between 0 and 1"):
        Shelf(frame, service=1.0)
    with pytest.raises(BadInput, match="below 0"):
        Shelf(frame.assign(lead_days=-1.0))
