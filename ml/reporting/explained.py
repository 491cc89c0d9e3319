"""What the model that decides rests on, in groups of features that say the same."""

import pandas as pd

from ml.reporting import charts
from ml.reporting.data import rows_of
from ml.reporting.facts import Facts
from ml.reporting.families import wording
from ml.reporting.page import Figure, Folded, Section, Table
from ml.reporting.words import count, decimals, plural

SHOWN = 12
TONES = {"for": "accent", "against": "second", "mixed": "quiet"}
WAYS = {"for": "more speaks for", "against": "more speaks against", "mixed": "no clear way"}
HEAD = ("What counts", "With it", "Moves a pair by", "95% interval", "Which way")


def describe_influences(facts: Facts) -> Section:
    told = facts.frames.explanations
    title = "What the decisions rest on"
    if told.empty:
        return Section("influences", title, "Not available because no learned model decides on this day.")
    first = told.iloc[0]
    return Section(
        anchor="influences",
        title=title,
        takeaway=f"Most of all: {', '.join(lower(name) for name in told['feature_group'].head(3))}.",
        explanation=(
            f"Asked of “{wording(first['family']).title.lower()}”, {what_decides(first)} Each answer was taken apart "
            "into what every feature adds to it (SHAP values of boosted trees, exact parts of linear models, paths of "
            "forests): the parts add up to the answer. Features that say the same count together. The parts say how "
            "the model answers, and not what would happen if a feature changed."
        ),
        blocks=(influence_figure(told), *rest_of(told)),
    )


def what_decides(first: "pd.Series[str]") -> str:
    if first["family"] == "offer_effect":
        proof = "with estimated chances of exposure, a weaker proof" if first["is_observational"] else "from lots"
        return f"which decides because effects were learned {proof}."
    return "which decides because nobody drew lots over offers yet."


def influence_figure(told: pd.DataFrame) -> Figure:
    shown, unit = told.head(SHOWN), told["unit"].iloc[0]
    pairs = plural(int(told["pair_count"].iloc[0]), "pair")
    frame = pd.DataFrame(
        {
            "label": shown["feature_group"],
            "value": shown["mean_contribution"].astype(float),
            "text": [f"{amount(row.mean_contribution)} · {WAYS[row.direction]}" for row in rows_of(shown)],
            "tone": shown["direction"].map(TONES),
        }
    )
    return Figure(
        title="What moves the answers",
        text=f"By how much each group of features moves the answer about a pair of customer and offer, up or down, in "
        f"{unit}: the mean over {pairs} of the day. Blue: more of it speaks for the offer; orange: against.",
        spec=charts.ranked_bars(frame),
        numbers=table_of(shown, f"What moves the answers, in {unit}"),
        is_wide=True,
    )


def rest_of(told: pd.DataFrame) -> tuple[Folded, ...]:
    rest = told.iloc[SHOWN:]
    title = f"{count(len(rest))} more, which move less"
    return () if rest.empty else (Folded(title, table_of(rest, f"In {told['unit'].iloc[0]}")),)


def table_of(told: pd.DataFrame, caption: str) -> Table:
    rows = tuple(
        (
            row.feature_group,
            row.kindred_features or "–",
            amount(row.mean_contribution),
            f"{amount(row.mean_contribution_low)} to {amount(row.mean_contribution_high)}",
            WAYS[row.direction],
        )
        for row in rows_of(told)
    )
    return Table(HEAD, rows, caption, frozenset({2, 3}))


def amount(value: float) -> str:
    """
    >>> amount(0.1234), amount(0.00321)
    ('0.123', '0.0032')
    """
    return decimals(value, 3 if value >= 0.1 else 4)


def lower(title: str) -> str:
    return title[:1].lower() + title[1:]
