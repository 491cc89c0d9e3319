"""Reasons speak once for what says the same, and are the model's own: without the first one the offer is worth less."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ml.deciding.contributions import Explained, find_reasons, group_features, neutralise, typical_value
from ml.deciding.effect_reasons import SAME_FOR_ALL, explain_effects
from ml.models.uplift import catalogue
from ml.models.uplift.contract import Learner
from ml.models.uplift.trial import Trial
from tests.ml.uplift.worlds import recipe, shop

LEARNERS = ("nested_s_learner", "nested_s_learner_additive", "r_learner", "dr_learner", "t_learner_linear")


def habits(rows: int = 4000, seed: int = 3) -> Trial:
    """Ten habits of customers, two of them told twice: three change what an offer does, by their size and jointly."""
    random = np.random.default_rng(seed)
    habit = pd.DataFrame(random.normal(size=(rows, 8)), columns=[f"habit_{number}" for number in range(8)])
    habit["orders_last_28_days"] = habit["habit_0"] + 0.2 * random.normal(size=rows)
    habit["orders_last_90_days"] = habit["orders_last_28_days"] + 0.2 * random.normal(size=rows)
    treated = random.random(rows) < 0.5
    effect = 1.5 * habit["habit_0"] + np.maximum(habit["habit_1"], 0) * 2 - habit["habit_2"]
    spend = 5 + habit["habit_3"] * 2 + treated * effect + random.normal(size=rows)
    return Trial.of(habit, treated, spend, probability=0.5)


def explained_by(learner: Learner, trial: Trial, rows: int = 300) -> Explained:
    pairs = trial.features.iloc[:rows].reset_index(drop=True)
    return Explained(learner.contributions(pairs), pairs, trial.features)


@pytest.mark.parametrize("world", [habits, shop])
@pytest.mark.parametrize("name", LEARNERS)
def test_without_the_first_reason_the_offer_is_worth_less_than_without_any_others(
    name: str, world: Callable[[], Trial]
) -> None:
    """As many features drawn by lot from all others; each row is asked once, and the mean difference is tested."""
    trial = world()
    learner = catalogue.make(recipe(name)).fit(trial)
    explained = explained_by(learner, trial)
    typical, random = explained.typical, np.random.default_rng(1)
    before = learner.effect(explained.features)
    losses = []
    for row, found in enumerate(find_reasons(explained, most=1)):
        for reason in found:
            own = explained.features.iloc[[row]]
            others = [str(one) for one in own if one not in reason.features]
            drawn = list(random.choice(others, min(len(reason.features), len(others)), replace=False))
            without = (learner.effect(neutralise(own, names, typical))[0] for names in (reason.features, drawn))
            losses.append([before[row] - effect for effect in without])
    first, others = np.array(losses).T
    more = first - others
    assert len(more) > 50
    assert first.mean() > 0
    assert more.mean() > 4 * more.std() / np.sqrt(len(more))


def test_features_that_say_the_same_speak_once() -> None:
    trial = habits()
    learner = catalogue.make(recipe("r_learner")).fit(trial)
    explained = explained_by(learner, trial)
    groups = group_features(explained.contributions, explained.background)
    together = next(set(group) for group in groups if "habit_0" in group)
    assert together == {"habit_0", "orders_last_28_days", "orders_last_90_days"}
    for found in find_reasons(explained, most=3):
        assert len({name for reason in found for name in reason.features}) == sum(len(one.features) for one in found)


def test_reasons_add_what_their_features_add_and_the_strongest_comes_first() -> None:
    trial = habits()
    explained = explained_by(catalogue.make(recipe("r_learner")).fit(trial), trial)
    for row, found in enumerate(find_reasons(explained, most=3)):
        amounts = [reason.amount for reason in found]
        assert amounts == sorted(amounts, reverse=True)
        assert amounts == pytest.approx(
            [explained.contributions.iloc[row][list(reason.features)].sum() for reason in found]
        )
        assert all(amount > 0 for amount in amounts)


def test_sentences_tell_number_unit_direction_and_what_is_usual() -> None:
    background = pd.DataFrame({"depth_rate": [0.1, 0.2, 0.2], "customer_orders_last_90_days": [6.0, 1.0, 9.0]})
    pair = pd.DataFrame({"depth_rate": [0.2], "customer_orders_last_90_days": [12.0]})
    contributions = pd.DataFrame({"depth_rate": [0.11], "customer_orders_last_90_days": [0.42]})
    assert explain_effects(Explained(contributions, pair, background), "USD") == [
        [
            "Orders in the last 90 days: 12, usually 6: adds about 0.42 USD",
            "Depth of the discount: 20 %, as usual: adds about 0.11 USD",
        ]
    ]


def test_a_model_that_tells_nobody_apart_says_so() -> None:
    trial = habits(rows=600)
    explained = explained_by(catalogue.make(recipe("uniform")).fit(trial), trial, rows=3)
    assert explain_effects(explained, "USD") == [[SAME_FOR_ALL]] * 3


def test_what_is_usual_of_words_and_gaps() -> None:
    assert typical_value(pd.Series(["app", "web", "app"], dtype="category")) == "app"
    assert np.isnan(typical_value(pd.Series([np.nan, np.nan, 3.0])))
