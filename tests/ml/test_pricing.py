"""Recommended prices of hand-made goods: the best price by hand, and no guardrail broken whatever the goods."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml import parameters
from ml.models.contract import Recipe
from ml.models.price.weeks import read_weeks
from ml.pricing.guardrails import CENTS, Guardrails, nearest_ending
from ml.pricing.margin import Goods, best_free_price, break_even_depth, discounted
from ml.pricing.recommending import recommend_prices
from ml.pricing.today import Terms, goods_of_today
from tests.ml.shops import price as shop
from warehouse.errors import BadInput

FREE = Guardrails(
    least_margin_rate=0.0,
    most_change_rate=0.9,
    least_days_between=0,
    endings=(),
    explored_rate=9.0,
    least_gain_rate=0.0,
)


def good(**facts: object) -> pd.DataFrame:
    usual = {"unique_id": "tea", "price": 10.0, "cost": 6.0, "units": 100.0}
    elasticity = {"elasticity": -4.0, "elasticity_low": -4.4, "elasticity_high": -3.6, "highest_price": 20.0}
    return pd.DataFrame([usual | elasticity | {"lowest_price": 1.0} | facts])


def recommended(rules: Guardrails | None = None, **facts: object) -> pd.Series:
    return recommend_prices(good(**facts), rules).iloc[0]


def test_without_guardrails_the_price_is_lerners():
    """c e / (1 + e) = 6 x 3 / 2 = 9."""
    found = recommended(FREE, elasticity=-3.0, elasticity_low=-3.2, elasticity_high=-2.8)
    assert found["recommended_price"] == pytest.approx(9.0, abs=0.2)
    assert found["bound_by"] == "nothing"
    assert found["expected_units_per_week"] == pytest.approx(100 * 0.9**-3, rel=0.07)


@given(price=st.floats(0.5, 500), margin=st.floats(0.0, 0.99))
def test_a_discount_of_margin_over_price_sells_at_cost(price: float, margin: float):
    cost = np.array([price * (1 - margin)])
    depth = break_even_depth(np.array([price]), cost)
    assert depth[0] == pytest.approx((price - cost[0]) / price)
    assert discounted(np.array([price]), depth)[0] == pytest.approx(cost[0])


def test_that_depth_is_told():
    assert recommended()["break_even_depth_rate"] == pytest.approx((10 - 6) / 10)


def test_at_that_depth_nothing_is_earned_whatever_is_sold():
    goods = Goods(*(np.array([one]) for one in (10.0, 6.0, 100.0, -4.0, -4.5, -3.5, 0.0, 0.0)))
    at_cost = discounted(goods.price, break_even_depth(goods.price, goods.cost))[:, None]
    assert goods.expected_units(at_cost, goods.elasticity)[0, 0] > 700
    assert goods.margin_gain(at_cost, goods.elasticity)[0, 0] == pytest.approx(-400)


@pytest.mark.parametrize(
    ("facts", "price", "bound_by"),
    [
        ({}, 9.59, "maximum change"),
        ({"days_since_change": 3}, 10.0, "time between changes"),
        ({"lowest_price": 9.9, "rules": Guardrails(explored_rate=0.01)}, 9.89, "prices seen"),
        ({"competitor_price": 11.4}, 9.69, "cheaper than competitors"),
        ({"price": 9.0, "competitor_price": 8.7, "cost": 7.5}, 9.09, "dearer than competitors"),
        (
            {"cost": 9.4, "elasticity": -30.0, "elasticity_low": -32.0, "elasticity_high": -28.0},
            9.99,
            "floor above cost",
        ),
    ],
)
def test_each_guardrail_alone_stops_the_price(facts, price, bound_by):
    found = recommended(**facts)
    assert (found["recommended_price"], found["bound_by"]) == (price, bound_by)


def test_a_price_below_the_floor_comes_up_by_what_a_day_allows():
    found = recommended(cost=12.0, elasticity=np.nan, elasticity_low=np.nan, elasticity_high=np.nan)
    assert found["action"] == "raise"
    assert found["recommended_price"] == 10.5
    assert found["floor_price"] == 12.64
    assert "forced by" in found["reason"]


@pytest.mark.parametrize(
    "unknown",
    [
        {"elasticity": np.nan, "elasticity_low": np.nan, "elasticity_high": np.nan},
        {"elasticity_high": 0.3},
    ],
)
def test_what_is_not_identified_keeps_its_price_and_gets_no_discount(unknown):
    found = recommended(**unknown)
    assert found["action"] == "keep"
    assert not found["is_identified"]
    assert np.isnan(found["discount_depth_rate"])
    assert np.isnan(found["expected_margin_gain_per_week"])


def test_a_gain_that_one_end_of_the_interval_denies_changes_nothing():
    found = recommended(elasticity_low=-3.9, elasticity_high=-0.5)
    assert (found["action"], found["bound_by"]) == ("keep", "gain not certain")


def test_a_discount_goes_as_deep_as_margin_rises():
    """At -6 the free price is 7.2: 6.99 earns 8.49 for each unit sold at 10 and 7.49 only 8.44, so 0.3 is best."""
    found = recommended(elasticity=-6.0, elasticity_low=-6.5, elasticity_high=-5.5, lowest_price_last_30_days=9.0)
    best = max((9.49, 8.99, 8.49, 7.99, 7.49, 6.99), key=lambda price: (price - 6) * (price / 10) ** -6)
    assert found["discount_price"] == best
    assert found["discount_depth_rate"] == pytest.approx(1 - best / 10)
    assert found["notice_depth_rate"] == pytest.approx(1 - best / 9)


def test_a_discount_above_the_months_lowest_price_is_not_announced_as_one():
    found = recommended(elasticity=-6.0, elasticity_low=-6.5, elasticity_high=-5.5, lowest_price_last_30_days=5.0)
    assert found["discount_depth_rate"] > 0
    assert np.isnan(found["notice_depth_rate"])


def test_what_a_cut_takes_from_its_neighbours_can_undo_it():
    steep = {"elasticity": -6.0, "elasticity_low": -6.5, "elasticity_high": -5.5}
    assert recommended(**steep)["action"] == "lower"
    assert recommended(**steep, spill_elasticity=3.0, others_margin=2000.0)["action"] != "lower"


PRICES = st.floats(0.3, 300)
FACTS = st.fixed_dictionaries(
    {
        "price": PRICES,
        "cost": PRICES,
        "units": st.floats(0, 1000),
        "elasticity": st.one_of(st.none(), st.floats(-8, -0.1)),
        "competitor_price": st.one_of(st.none(), PRICES),
        "days_since_change": st.one_of(st.none(), st.floats(0, 60)),
        "lowest_price": PRICES,
        "highest_price": PRICES,
    }
)


def ends_as_allowed(price: float, rules: Guardrails) -> bool:
    return not rules.endings or round(price * CENTS) % CENTS in rules.endings


def any_ending_between(found: pd.Series, rules: Guardrails) -> bool:
    low, high = found["lowest_allowed_price"], found["highest_allowed_price"]
    return any(
        low <= cents / CENTS <= high and ends_as_allowed(cents / CENTS, rules)
        for cents in range(int(low * CENTS), int(high * CENTS) + 1)
    )


RULES = st.builds(
    Guardrails,
    most_change_rate=st.sampled_from([0.05, 0.3]),
    explored_rate=st.sampled_from([0.0, 0.02, 0.05]),
    endings=st.sampled_from([(), (99,), Guardrails().endings]),
)


@settings(deadline=None, max_examples=100)
@given(FACTS, RULES)
def test_no_guardrail_is_ever_broken(facts, rules):
    facts = {name: np.nan if one is None else one for name, one in facts.items()}
    facts["lowest_price"] = min(facts["lowest_price"], facts["price"])
    facts["highest_price"] = max(facts["highest_price"], facts["price"])
    ends = {"elasticity_low": facts["elasticity"] - 0.3, "elasticity_high": facts["elasticity"] + 0.05}
    found = recommended(rules, **facts, **ends)
    price, now, cent = found["recommended_price"], facts["price"], 0.0100001
    assert abs(price - now) <= rules.most_change_rate * now + cent
    assert price >= min(found["floor_price"], now) - cent
    if facts["days_since_change"] < rules.least_days_between:
        assert price == now
    if price < now - 1e-6 and not np.isnan(facts["competitor_price"]):
        assert price >= facts["competitor_price"] * (1 - rules.most_below_competitors_rate) - cent
    if not np.isnan(facts["competitor_price"]):
        dearest = max(facts["competitor_price"] * (1 + rules.most_above_competitors_rate), now)
        assert price <= max(dearest, found["floor_price"]) + cent
    least_seen = facts["lowest_price"] * (1 - rules.explored_rate)
    most_seen = facts["highest_price"] * (1 + rules.explored_rate)
    assert least_seen - cent <= price <= max(most_seen, found["floor_price"]) + cent
    if price != now:
        assert ends_as_allowed(price, rules) or not any_ending_between(found, rules)
    if not np.isnan(found["discount_price"]):
        assert found["discount_price"] >= max(found["floor_price"], least_seen) - 1e-6
        assert ends_as_allowed(found["discount_price"], rules)
        assert found["discount_margin_gain_low"] > 0


@settings(deadline=None, max_examples=40)
@given(st.floats(0.01, 900), st.lists(st.integers(0, 99), max_size=6, unique=True))
def test_endings_are_kept_and_no_other_is_nearer(price: float, endings: list[int]):
    found = nearest_ending(np.array([price]), endings)[0]
    cents = round(found * CENTS)
    allowed = [one for one in range(1, 100_000) if not endings or one % CENTS in endings]
    assert cents in allowed or not allowed or allowed[0] > round(price * CENTS)
    assert abs(cents - round(price * CENTS)) <= min(abs(one - round(price * CENTS)) for one in allowed) or cents == 0


def test_products_without_an_elasticity_borrow_their_categorys_with_a_wider_interval():
    weeks = read_weeks(shop.frame(3))
    model = shop.CATALOGUE.make(Recipe("hierarchical")).fit(weeks)
    told = model.score(weeks)
    tea = told.query("category == 'tea' and unique_id == ''").iloc[0]
    told.loc[told["unique_id"] == "tea 0", ["is_identified", "elasticity"]] = [False, np.nan]
    shelf = weeks.frame.groupby("unique_id")[["category", "price"]].last().reset_index().assign(cost=1.0)
    goods = goods_of_today(shelf, weeks, told, Terms(8, True, 0.5)).set_index("unique_id")
    assert goods.loc["tea 0", "elasticity"] == tea["elasticity"]
    assert goods.loc["tea 0", "elasticity_low"] < tea["elasticity_low"]
    assert goods["elasticity_level"].value_counts().to_dict() == {"product": 11, "category": 1, "none": 6}
    assert (goods["others_margin"] > 0).all()
    alone = goods_of_today(shelf, weeks, told, Terms(8, False, 0.5)).set_index("unique_id")
    assert alone.loc["tea 0", "elasticity_level"] == "none"


def test_the_parameters_are_guardrails():
    assert Guardrails.of(vars(parameters.load().pricing)).most_change_rate == parameters.load().pricing.most_change_rate


@pytest.mark.parametrize(
    ("change", "reason"), [({"price": 0.0}, "above 0"), ({"cost": -1.0}, "above 0"), ({"units": np.nan}, "above 0")]
)
def test_goods_that_cannot_be_are_refused(change, reason):
    with pytest.raises(BadInput, match=reason):
        recommend_prices(good(**change))


def test_a_missing_column_is_named():
    with pytest.raises(BadInput, match="cost"):
        recommend_prices(good().drop(columns="cost"))


@pytest.mark.parametrize("broken", [{"most_change_rate": 1.5}, {"endings": (120,)}, {"depths": (0.0,)}])
def test_guardrails_that_cannot_be_are_refused(broken):
    with pytest.raises(BadInput, match=r"must be|are cents"):
        Guardrails(**broken)


def test_the_free_price_is_where_margin_is_largest():
    prices = np.linspace(6.01, 30, 4000)
    earned = (prices - 6) * prices**-2.5
    assert prices[earned.argmax()] == pytest.approx(best_free_price(np.array([6.0]), np.array([-2.5]))[0], abs=0.02)
