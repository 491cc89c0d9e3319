"""A small offer takes the effect of its kind: what it has not shown yet, others of its kind and depth have to say."""

import numpy as np
import pandas as pd
import pytest

from ml.models.uplift import catalogue
from ml.models.uplift.trial import Trial
from tests.ml.uplift import worlds

SEEDS = range(20)
SMALL = "coupon 6"
ROWS = {**{f"coupon {one}": 500 for one in range(6)}, SMALL: 40, **{f"points {one}": 500 for one in range(6)}}
NOISE, DEEP = 3.0, 0.1  # the small offer takes a tenth off


def lottery(seed: int) -> tuple[Trial, np.ndarray]:
    """Each offer was shown to half: it earns ten times its depth more, and a coupon one more than points. Half of the
    big offers takes a tenth off, half a twentieth.
    """
    random = np.random.default_rng(seed)
    offer = np.repeat(list(ROWS), list(ROWS.values()))
    kind = np.array([one.split()[0] for one in offer])
    depth = np.array([DEEP if int(one.split()[1]) % 2 == 0 else DEEP / 2 for one in offer])
    x = random.normal(size=len(offer))
    treated = random.random(len(offer)) < 0.5
    outcome = 10 + x + treated * ((kind == "coupon") + 10 * depth) + NOISE * random.normal(size=len(offer))
    frame = pd.DataFrame({"x": x, "offer_type": pd.Categorical(kind), "depth_rate": depth})
    return Trial.of(frame, treated, outcome, probability=0.5, cost=0.0, kind=kind, depth=depth), offer


def own_effect(trial: Trial, rows: np.ndarray) -> float:
    """What the offer's own rows say: shown less withheld."""
    treated, outcome = trial.treated[rows], trial.outcome[rows]
    return float(outcome[treated].mean() - outcome[~treated].mean())


@pytest.mark.parametrize("name", ["nested_s_learner", "nested_s_learner_additive", "r_learner_linear"])
def test_a_small_offers_effect_is_that_of_its_kind_and_nearer_to_the_truth_than_its_own_rows(name):
    truth, own, pooled, others, points = 1 + 10 * DEEP, [], [], [], []
    for seed in SEEDS:
        trial, offer = lottery(seed)
        effect = catalogue.make(worlds.recipe(name)).fit(trial).effect(trial.features)
        own.append(own_effect(trial, offer == SMALL))
        pooled.append(effect[offer == SMALL].mean())
        others.append(effect[np.isin(offer, ["coupon 0", "coupon 2", "coupon 4"])].mean())
        points.append(effect[trial.features["offer_type"] == "points"].mean())
    own_error, pooled_error = (np.mean((np.array(told) - truth) ** 2) for told in (own, pooled))
    # forty rows, half of them shown, miss by 2 · 3 / √40
    assert own_error == pytest.approx(4 * (NOISE**2 + 1) / 40, rel=0.6)
    assert pooled_error < own_error / 4
    assert pooled == pytest.approx(others, abs=0.3)
    # and it is its own kind that it takes after: points earn 0.75 on average
    assert np.mean(pooled) - np.mean(points) == pytest.approx(truth - 0.75, abs=0.3)


def test_what_few_rows_shout_hardly_moves_their_offer():
    """Ten more on each shown row of the small offer: by itself it would say ten more."""
    trial, offer = lottery(0)
    loud = trial.with_outcome(trial.outcome + 10 * (trial.treated & (offer == SMALL)))
    said = [own_effect(one, offer == SMALL) for one in (trial, loud)]
    effects = [
        catalogue.make(worlds.recipe("nested_s_learner_additive")).fit(one).effect(one.features)[offer == SMALL].mean()
        for one in (trial, loud)
    ]
    assert said[1] - said[0] == pytest.approx(10)
    # 40 rows among the 1,540 of its kind and depth
    assert 0 < effects[1] - effects[0] < 10 * 40 / 1540 + 0.25
