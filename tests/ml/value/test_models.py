"""Customer value: closed forms, invented customers whose truth is known, and the stage without data."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.special import hyp2f1

from ml import value
from ml.models.contract import Recipe
from ml.models.value import bg_nbd, gamma_gamma, spread
from ml.models.value.bg_nbd import BgNbd
from ml.models.value.catalogue import CATALOGUE
from ml.models.value.customers import customer_value
from ml.models.value.gamma_gamma import GammaGamma
from ml.models.value.judging import value_loss
from ml.models.value.transactions import outcomes, read_transactions
from tests.ml.shops import customer_value as shop
from warehouse import tables
from warehouse.connection import writing
from warehouse.errors import NotAvailable

TRUTH = BgNbd(r=0.8, alpha=4.0, a=0.9, b=3.0)


def live(customers: int, weeks: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frequency, recency and age of customers who live as BG/NBD says."""
    chance = np.random.default_rng(seed)
    frequency, recency = np.zeros(customers), np.zeros(customers)
    for one in range(customers):
        rate, leaves = chance.gamma(TRUTH.r, 1 / TRUTH.alpha), chance.beta(TRUTH.a, TRUTH.b)
        now = chance.exponential(1 / rate)
        while now < weeks:
            frequency[one], recency[one] = frequency[one] + 1, now
            if chance.random() < leaves:
                break
            now += chance.exponential(1 / rate)
    return frequency, recency, np.full(customers, weeks)


def test_parameters_of_invented_customers_are_found_again():
    found = bg_nbd.fit(*live(4000, 52.0, seed=3))
    assert [found.r, found.alpha] == pytest.approx([TRUTH.r, TRUTH.alpha], rel=0.15)
    assert found.a / (found.a + found.b) == pytest.approx(TRUTH.a / (TRUTH.a + TRUTH.b), rel=0.15)


def test_expected_orders_follow_the_paper_where_that_can_be_computed():
    frequency, recency, age, ahead = np.array([0.0, 1, 4, 9]), np.array([0.0, 3, 20, 38]), np.full(4, 39.0), 13.0
    r, alpha, a, b = TRUTH.r, TRUTH.alpha, TRUTH.a, TRUTH.b
    whole, part = a + b + frequency - 1, alpha + age
    series = hyp2f1(r + frequency, b + frequency, whole, ahead / (part + ahead))
    top = whole / (a - 1) * (1 - (part / (part + ahead)) ** (r + frequency) * series)
    bottom = 1 + (frequency > 0) * a / (b + np.maximum(frequency, 1) - 1) * (part / (alpha + recency)) ** (
        r + frequency
    )
    found = bg_nbd.expected_orders(TRUTH, frequency, recency, age, ahead)
    np.testing.assert_allclose(found, top / bottom, rtol=1e-9)


def test_daily_customers_overflow_nothing():
    frequency, recency, age = np.array([3000.0]), np.array([519.0]), np.array([520.0])
    found = bg_nbd.expected_orders(BgNbd(2.0, 1.0, 0.05, 8.0), frequency, recency, age, 13.0)
    assert found[0] == pytest.approx(3000 / 520 * 13, rel=0.02)
    assert np.isfinite(bg_nbd.log_likelihood(TRUTH, frequency, recency, age)).all()


def test_silence_makes_leaving_likelier_the_more_often_somebody_came():
    ages = np.array([30.0, 40, 80])
    often = bg_nbd.alive(TRUTH, np.full(3, 12.0), np.full(3, 29.0), ages)
    seldom = bg_nbd.alive(TRUTH, np.full(3, 1.0), np.full(3, 29.0), ages)
    assert (np.diff(often) < 0).all()
    assert often[-1] < seldom[-1]


def test_nobody_coming_back_is_not_learned_from():
    with pytest.raises(NotAvailable, match="nobody bought twice"):
        bg_nbd.fit(np.zeros(3), np.zeros(3), np.ones(3))


def test_amounts_of_invented_customers_are_found_again():
    chance, truth = np.random.default_rng(5), GammaGamma(p=6.0, q=4.0, gamma=15.0)
    count = chance.integers(1, 20, 6000).astype(float)
    scale = chance.gamma(truth.q, 1 / truth.gamma, 6000)
    amount = chance.gamma(truth.p * count, 1 / scale) / count
    found = gamma_gamma.fit(amount, count)
    likelihood = [gamma_gamma.log_likelihood(one, amount, count).sum() for one in (found, truth)]
    assert likelihood[0] >= likelihood[1]
    assert found.q == pytest.approx(truth.q, rel=0.1)
    mean = truth.p * truth.gamma / (truth.q - 1)
    assert found.p * found.gamma / (found.q - 1) == pytest.approx(mean, rel=0.03)
    expected = gamma_gamma.expected_amount(found, amount, count)
    assert np.abs(expected - truth.p / scale).mean() < np.abs(amount - truth.p / scale).mean()


@pytest.mark.parametrize("name", ["bg_nbd_gamma_gamma", "lightgbm"])
def test_a_longer_horizon_is_worth_more_and_candidates_beat_the_mean(name):
    data = shop.data(7)
    earlier = data.before(date(2024, 9, 1), 56)
    came = outcomes(data, earlier.as_of, 56)["spend"].to_numpy()
    recipe = Recipe(name, shop.SETTINGS.get(name, {}))
    own, floor = (CATALOGUE.make(one).fit(earlier) for one in (recipe, Recipe("shop_mean")))
    expected = own.score(earlier)["expected_spend"].to_numpy()
    assert (
        value_loss(expected, came).mean() < value_loss(floor.score(earlier)["expected_spend"].to_numpy(), came).mean()
    )
    longer = own.score(data.before(date(2024, 9, 1), 112))["expected_spend"].to_numpy()
    assert (longer > expected).all()


def test_what_comes_later_changes_nothing_that_was_expected_before():
    data = shop.data(7)
    day = date(2024, 8, 1)
    later = pd.concat([data.frame, pd.DataFrame({"customer_id": ["c000"], "ds": [pd.Timestamp(day)], "amount": [1e6]})])
    before, after = (customer_value(frame, 56, as_of=day) for frame in (data.frame, later))
    pd.testing.assert_frame_equal(before, after)


def test_an_interval_holds_its_share_of_customers_to_come():
    chance = np.random.default_rng(2)
    expected = chance.gamma(2, 50, 4000)
    came = expected * chance.lognormal(0, 0.5, 4000)
    known = spread.learn(expected[:2000], came[:2000], 0.8)
    low, high = known.interval(expected[2000:])
    assert 0.77 < ((came[2000:] >= low) & (came[2000:] <= high)).mean() < 0.83


def test_a_column_that_lacks_is_named():
    with pytest.raises(ValueError, match="amount missing"):
        read_transactions(pd.DataFrame({"customer_id": [], "ds": []}), date(2024, 1, 1), 28)


def test_without_orders_the_stage_says_so_and_writes_no_row(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    with writing():
        pass
    day = date(2024, 5, 1)
    value.train(day)
    assert value.score(day) == 0
    assert capsys.readouterr().out.count("not available") == 2
    assert tables.read("select count(*) from ml.customer_values")[0][0].as_py() == 0
