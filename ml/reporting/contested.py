"""Candidates against each other and their floor, whether more is better or less."""

from math import nan

import pandas as pd

from ml.reporting import cards, charts, names
from ml.reporting.data import rows_of
from ml.reporting.families import wording
from ml.reporting.page import Figure, Table
from ml.reporting.words import count, decimals, is_known, plural, share

ROLE_TONES = {"champion": "accent", "challenger": "quiet", "floor": "second"}
ROLES = {"champion": "in use", "challenger": "tried", "floor": "floor"}
LARGE = 10
Champion = pd.Series


def number(value: object) -> float:
    """A number of the warehouse, where NULL is not a number."""
    return float(str(value)) if is_known(value) else nan


def sized(value: float) -> str:
    """
    >>> sized(0.8234), sized(21.2318), sized(-0.0001), sized(float("nan"))
    ('0.823', '21.2', '0.000', 'not known')
    """
    digits = 1 if abs(value) >= LARGE else 3
    return decimals(round(value, digits) + 0.0, digits)


def model_takeaway(champions: list[Champion]) -> str:
    better = count_better(champions)
    scored = [metric_text(one) for one in champions if names.is_score(one["metric"])]
    lost = [loss_text(one) for one in champions if not names.is_score(one["metric"])]
    found = f"{count(better)} of {plural(len(champions), 'model')} in use beat their floor"
    told = f"{found}: {'; '.join(scored)}." if scored else f"{found}."
    return f"{told} Judged by what they lose, less than the floor: {'; '.join(lost)}." if lost else told


def count_better(champions: list[Champion]) -> int:
    """How many beat their floor by the metric of their choice."""
    return sum(is_better(champion) for champion in champions)


def is_better(champion: Champion) -> bool:
    """Scores beat a floor from above, losses and costs from below."""
    value, floor = number(champion["metric_value"]), number(champion["floor_value"])
    return value > floor if names.is_score(champion["metric"]) else value < floor


def metric_text(champion: Champion) -> str:
    title = wording(champion["family"]).title.lower()
    value, floor = number(champion["metric_value"]), number(champion["floor_value"])
    if not is_known(value):
        return f"{title} not judged yet"
    return f"{title} {names.metric(champion['metric'])} {sized(value)} (floor {sized(floor)})"


def loss_text(champion: Champion) -> str:
    """What a champion loses less than its floor, as a share of the floor's loss."""
    title = wording(champion["family"]).title.lower()
    value, floor = number(champion["metric_value"]), number(champion["floor_value"])
    if not is_known(value):
        return f"{title} not judged yet"
    if value >= floor:
        return f"{title} nothing, the floor serves"
    return f"{title} {share(1 - value / floor)}" if floor > 0 else f"{title} {sized(value)} (floor {sized(floor)})"


def contest_figure(models: pd.DataFrame, champion: Champion) -> Figure | None:
    """Every method tried with the champion, the best first."""
    is_up = names.is_score(champion["metric"])
    same = (models["family"] == champion["family"]) & (models["data_cut"] == champion["data_cut"])
    rivals = models[same & models["metric_value"].notna()]
    rivals = rivals.sort_values(["metric_value", "candidate"], ascending=[not is_up, True])
    if rivals.empty:
        return None
    measured = [cards.parse(row.card).measured(row.metric) for row in rows_of(rivals)]
    frame = frame_of(rivals, measured)
    metric = names.metric(champion["metric"])
    named, span = f"{metric[0].upper()}{metric[1:]}", ", with 95% interval" if frame["low"].notna().any() else ""
    # a floor behind the best one says little and would press all others into a corner
    behind = rivals["metric_value"] < champion["floor_value"]
    is_weak = (rivals["role"] == "floor") & (behind if is_up else rivals["metric_value"] > champion["floor_value"])
    rows = tuple((row.label, row.text, span_text(one)) for row, one in zip(rows_of(frame), measured, strict=True))
    return Figure(
        title="Against the floor",
        text=f"{named} on the days of the check{span}; {'' if is_up else 'less is better; '}the grey marks are the "
        "floor.",
        spec=charts.points_with_range(
            frame[~is_weak.to_numpy()], metric, ".2f" if is_up else "~g", number(champion["floor_value"])
        ),
        numbers=Table(("Method", metric, "95% interval"), rows, f"{named} of every method tried", frozenset({1, 2})),
    )


def frame_of(rivals: pd.DataFrame, measured: list[cards.Measured]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": [names.candidate(candidate) for candidate in rivals["candidate"]],
            "value": rivals["metric_value"].astype(float).to_numpy(),
            "low": [one.low for one in measured],
            "high": [one.high for one in measured],
            "text": [f"{sized(row.metric_value)} · {ROLES.get(row.role, row.role)}" for row in rows_of(rivals)],
            "tone": [ROLE_TONES.get(role, "quiet") for role in rivals["role"]],
        }
    )


def span_text(one: cards.Measured) -> str:
    return f"{sized(one.low)} to {sized(one.high)}" if is_known(one.low) else "not recorded"
