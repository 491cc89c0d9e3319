"""Which features count in each behaviour family, and what a third of them would cost."""

import pandas as pd

from ml.reporting import charts, names
from ml.reporting.data import rows_of
from ml.reporting.facts import Facts
from ml.reporting.families import in_order, wording
from ml.reporting.page import Figure, Folded, Section, Table
from ml.reporting.words import decimals, plural, share

SHOWN = 12


def describe_selection(facts: Facts) -> Section:
    found = facts.frames.selection
    title = "Which features count"
    if found.empty:
        return Section("selection", title, "Not available because no training has cut folds of time yet.")
    families = in_order(set(found["family"]))
    parts = {family: found[found["family"] == family] for family in families}
    return Section(
        anchor="selection",
        title=title,
        takeaway=" ".join(told(family, part) for family, part in parts.items()),
        explanation=(
            "Three methods look at every feature on folds of time: LASSO, a random forest, and the AUC that forest "
            "loses on later days when the feature is shuffled. A feature survives if at least two of them use it in "
            "every fold. What a third of the features costs was measured on days after all folds; a third drawn by lot "
            "is the floor. The order says what predicts, not what causes."
        ),
        blocks=tuple(block for family, part in parts.items() for block in blocks_of(family, part)),
    )


def told(family: str, part: pd.DataFrame) -> str:
    first = part.iloc[0]
    return (
        f"{wording(family).title}: {int(part['survives'].sum())} of {plural(len(part), 'feature')} survive; with the "
        f"best third alone AUC is {decimals(first['score_third'])} instead of {decimals(first['score_all'])} "
        f"(loss {decimals(first['loss_low'])} to {decimals(first['loss_high'])}; by lot "
        f"{decimals(first['score_random_third'])})."
    )


def blocks_of(family: str, part: pd.DataFrame) -> tuple[Figure, Folded]:
    title = f"Features that count most: {wording(family).title}"
    return figure_of(title, part.head(SHOWN)), Folded(
        f"All features that survive: {wording(family).title}", table_of(title, part[part["survives"]])
    )


def figure_of(title: str, part: pd.DataFrame) -> Figure:
    frame = pd.DataFrame(
        {
            "label": [names.column(name) for name in part["feature"]],
            "value": part["permutation_loss"].clip(lower=0).to_numpy(),
            "text": [decimals(value) for value in part["permutation_loss"]],
            "tone": ["accent" if survives else "second" for survives in part["survives"]],
        }
    )
    return Figure(
        title=title,
        text="AUC lost on later days when the feature is shuffled, in the order of all three methods together.",
        spec=charts.shift_bars(frame, [], "AUC lost (no unit)"),
        numbers=table_of(title, part),
        is_wide=True,
    )


def table_of(title: str, part: pd.DataFrame) -> Table:
    rows = tuple(
        (
            names.column(row.feature),
            decimals(row.lasso_weight),
            decimals(row.forest_share),
            decimals(row.permutation_loss),
            share(row.stability),
        )
        for row in rows_of(part)
    )
    head = ("Feature", "LASSO weight", "Forest share", "AUC lost", "Folds that use it")
    return Table(head, rows, title, frozenset({1, 2, 3, 4}))
