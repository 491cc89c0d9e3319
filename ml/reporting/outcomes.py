"""How the predictions of the day turned out, once the days they speak of are in the data."""

import pandas as pd

from ml.reporting.data import rows_of
from ml.reporting.facts import Facts
from ml.reporting.families import Wording, in_order, wording
from ml.reporting.learned import ON_THE_LINE, calibration_takeaway, reliability
from ml.reporting.page import Figure, Section
from ml.reporting.words import decimals, is_known, plural, share, short_day

NAMES = {
    "predicted_rate": "predicted",
    "actual_rate": "actual",
    "actual_low": "low",
    "actual_high": "high",
    "prediction_count": "rows",
}


def describe_outcomes(facts: Facts) -> Section:
    outcomes = facts.frames.outcomes
    title = "How the predictions of this day turned out"
    if outcomes.empty:
        return Section(
            "outcomes",
            title,
            f"Not available yet: the days after {short_day(facts.day)} that were predicted are not all in the data.",
        )
    bins = {family: outcomes[outcomes["family"] == family] for family in in_order(set(outcomes["family"]))}
    return Section(
        anchor="outcomes",
        title=title,
        takeaway=" ".join(outcome_sentence(rows, wording(family)) for family, rows in bins.items()),
        explanation=(
            "Compares the scores of this day with what customers then did. The days that came after were not used to "
            "learn or to decide. Coupon use can only be seen among customers who were sent the coupon, and who was "
            f"sent one was not drawn by lot (observational). {ON_THE_LINE}"
        ),
        blocks=tuple(outcome_figure(rows, wording(family)) for family, rows in bins.items()),
    )


def outcome_sentence(bins: pd.DataFrame, words: Wording) -> str:
    weights = bins["prediction_count"] / bins["prediction_count"].sum()
    predicted, actual = (float((bins[column] * weights).sum()) for column in ("predicted_rate", "actual_rate"))
    return f"{words.title}: {share(predicted, 1)} predicted, {share(actual, 1)} happened."


def outcome_figure(bins: pd.DataFrame, words: Wording) -> Figure:
    renamed = bins.rename(columns=NAMES)[list(NAMES.values())]
    first = next(rows_of(bins))
    auc = f" AUC {decimals(first.auc)}." if is_known(first.auc) else ""
    return reliability(
        renamed,
        title=words.title,
        text=f"Within {plural(first.window_days, 'day')}.{auc} {calibration_takeaway(renamed)}",
        caption=f"{words.title}: predicted and actual rate per group of scores",
    )
