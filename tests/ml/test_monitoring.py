"""Running campaigns against their plan: what is an alert, and what chance explains."""

import pandas as pd
import pytest

from ml import parameters
from ml.measuring.effects import measure_effects
from ml.measuring.monitoring import COLUMNS, read_rules, watch_campaigns
from tests.ml.drawn_units import READING, units

RULES = read_rules(parameters.load().measure)
NO_EFFECTS = measure_effects(units([], []), READING)


def running(**changes: float) -> pd.DataFrame:
    """A campaign on its plan: 1000 offers, 100 uses of 5 each, half of its budget."""
    facts = {
        "campaign_id": "C", "budget": 1000.0, "reach_planned": 1000.0, "reach": 1000.0, "redemptions_planned": 100.0,
        "redemptions_variance": 90.0, "redemptions": 100.0, "spend_planned": 500.0, "spend_variance": 2250.0,
        "spend": 500.0, "effect_planned": 1.0, "pull_forward_rate": 0.0, "message_cost": 0.0,
    }  # fmt: skip
    return pd.DataFrame([facts | changes])


def alerts(campaigns: pd.DataFrame, effects: pd.DataFrame = NO_EFFECTS) -> list[str]:
    found = watch_campaigns(campaigns, effects, RULES, 0.95)
    assert (found.loc[found["is_alert"], "message"].str.len() > 10).all()
    assert list(found.columns) == COLUMNS
    return found.loc[found["is_alert"], "indicator"].tolist()


def test_a_campaign_on_its_plan_is_quiet() -> None:
    assert alerts(running()) == []


@pytest.mark.parametrize(
    ("change", "indicator"),
    [
        ({"reach": 800.0}, "reach"),
        ({"redemptions": 30.0}, "redemptions"),
        ({"redemptions": 190.0}, "redemptions"),
        ({"spend": 700.0}, "spend"),
    ],
)
def test_what_is_far_from_the_plan_is_an_alert(change: dict[str, float], indicator: str) -> None:
    assert alerts(running(**change)) == [indicator]


def test_more_than_the_budget_is_always_an_alert() -> None:
    assert "budget used" in alerts(running(budget=400.0))


def test_what_chance_explains_is_no_alert() -> None:
    few = {"redemptions_planned": 2.0, "redemptions_variance": 1.9, "spend_planned": 10.0, "spend_variance": 48.0}
    assert alerts(running(**few, redemptions=0.0, spend=0.0)) == []
    assert alerts(running(**few, redemptions=4.0, spend=20.0)) == []


def test_an_effect_far_from_its_prediction_is_an_alert_and_a_noisy_one_is_not() -> None:
    sure = units([8.0, 8.1] * 50, [8.0, 8.1] * 50)
    noisy = units([0.0, 60.0] * 5, [0.0, 60.0] * 5)
    assert alerts(running(), measure_effects(sure, READING)) == ["effect"]
    assert alerts(running(), measure_effects(noisy, READING)) == []


def effect_of(campaigns: pd.DataFrame, effects: pd.DataFrame) -> dict:
    found = watch_campaigns(campaigns, effects, RULES, 0.95).set_index("indicator")
    return dict(found.loc["effect"])


def test_what_the_plan_leaves_out_is_taken_off_what_was_measured_too() -> None:
    effects = measure_effects(units([20.0, 20.2] * 50, [8.0, 8.2] * 50, cost=0.5), READING)  # 3 of margin, 0.5 of cost
    terms = {"pull_forward_rate": 0.2, "message_cost": 0.03}  # three messages of a cent
    told = effect_of(running(**terms, effect_planned=3 * 0.8 - 0.5 - 0.03), effects)
    assert told["actual"] == pytest.approx(told["planned"])
    assert not told["is_alert"]
    assert effect_of(running(effect_planned=told["planned"]), effects)["actual"] == pytest.approx(3 - 0.5)
