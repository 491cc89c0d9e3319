"""Families judged by a loss are told and drawn with less as better, those judged by a score with more."""

import json

import pandas as pd
import pytest

from ml.reporting.contested import contest_figure, count_better, model_takeaway
from ml.reporting.learned import in_use


def family(name: str, metric: str, values: dict[str, float], champion: str, floor: str) -> pd.DataFrame:
    rows = [
        {
            "family": name, "version": f"v-{one}", "data_cut": "2024-05-01", "candidate": one, "metric": metric,
            "metric_value": value, "floor_value": values[floor],
            "role": "champion" if one == champion else "floor" if one in (floor, "period_rate") else "challenger",
            "card": json.dumps({"metrics": {metric: {"value": value, "low": value - 0.1, "high": value + 0.1}}}),
        }
        for one, value in values.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


MODELS = pd.concat(
    [
        family("purchase", "auc", {"lightgbm": 0.8, "blend": 0.7, "rate_by_rule": 0.6}, "lightgbm", "rate_by_rule"),
        family(
            "churn",
            "curve_loss",
            {"logistic_hazard": 1.6, "lightgbm": 1.5, "silence_rate": 2.0, "period_rate": 2.5},
            "lightgbm",
            "silence_rate",
        ),
        family("segments", "segment_loss", {"kmeans": 0.9, "rfm": 0.8}, "rfm", "rfm"),
        family("bundles", "missed_excess_per_100_baskets", {"lift": -2.0, "popular": -1.0}, "lift", "popular"),
    ]
)
CHAMPIONS = [row for _, row in in_use(MODELS).iterrows()]


def test_a_smaller_loss_and_a_larger_score_beat_the_floor():
    assert count_better(CHAMPIONS) == 3
    told = model_takeaway(CHAMPIONS)
    assert told.startswith("3 of 4 models in use beat their floor: next purchase AUC 0.800 (floor 0.600).")
    assert "staying away 25%" in told
    assert "bundles -2.000 (floor -1.000)" in told  # a share of a loss below zero would say nothing
    assert "segments nothing, the floor serves" in told


@pytest.mark.parametrize(
    ("name", "order", "drawn"),
    [
        ("purchase", ["Boosted trees", "Blend of the models", "A simple rule"], 3),
        ("churn", ["Boosted trees", "Logistic hazard", "Rate by days of silence", "Rate by days ahead"], 3),
    ],
)
def test_the_best_comes_first_and_a_floor_behind_the_best_floor_is_not_drawn(name, order, drawn):
    champion = next(one for one in CHAMPIONS if one["family"] == name)
    figure = contest_figure(MODELS, champion)
    assert figure is not None
    assert [row[0] for row in figure.numbers.rows] == order
    assert {row["label"] for data in figure.spec["datasets"].values() for row in data} == set(order[:drawn])
    assert ("less is better" in figure.text) == (name == "churn")
