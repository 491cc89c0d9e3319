"""What the day could have brought instead: profit, what customers get, stock cleared."""

import numpy as np
import pandas as pd

from ml.allocation import FloatArray
from ml.reporting import charts
from ml.reporting.data import rows_of
from ml.reporting.facts import Facts
from ml.reporting.page import Figure, Mark, Section, Table
from ml.reporting.words import count, money, share

TITLE = "What else could be had"
NAME_WIDE, NAME_HIGH = 0.3, 0.07  # of the picture, as a telephone shows it
METHODS = {"exact": "Other weights", "evolved": "Other rules"}


def describe_frontier(facts: Facts) -> Section:
    points = facts.frames.frontier
    if points.empty:
        return Section("frontier", TITLE, "Not available because no frontier was computed on this day.")
    return Section(
        anchor="frontier",
        title=TITLE,
        takeaway=frontier_takeaway(points, facts.currency),
        explanation=(
            "Each point is a whole day's plan. “Other weights” are plans that are best for some weighing of profit, "
            "customers' benefit and stock cleared within today's budgets; “other rules” were found by a search that "
            "may also split the money between campaigns, narrow the depths of discounts and give fewer offers per "
            "customer. A manager decides for a point by its name (parameter plan.frontier_point)."
        ),
        blocks=(frontier_figure(points, facts),),
    )


def frontier_takeaway(points: pd.DataFrame, currency: str) -> str:
    picked = points[points["is_decided_by"]]
    volume = points.drop_duplicates("method").set_index("method")["hypervolume"]
    reach = " and ".join(f"{METHODS[str(method)].lower()} {share(value)}" for method, value in volume.items())
    compared = f"Of what would be had if the best of every goal came together, {reach} come into reach."
    if picked.empty:
        return compared
    chosen = next(rows_of(picked))
    return (
        f"Decided for “{chosen.name}”: {money(chosen.profit, currency)} of expected margin and "
        f"{money(chosen.benefit, currency)} of discounts for customers. {compared}"
    )


def frontier_figure(points: pd.DataFrame, facts: Facts) -> Figure:
    currency = facts.currency
    frame = points.assign(
        value=points["stock"],
        part=points["method"].map(METHODS),
        label=label_points(points),
        text=[
            f"{row.name or METHODS[row.method]}: {money(row.profit, currency)} of margin, "
            f"{money(row.benefit, currency)} for customers, {money(row.stock, currency)} of overstock sold, "
            f"{count(row.offer_count)} offers"
            for row in rows_of(points.assign(name=points["name"].fillna("")))
        ],
    )
    return Figure(
        title="Margin against what customers get",
        text="Further up is more margin, further right more discount for customers; larger points clear more stock.",
        spec=charts.choices(
            frame[["benefit", "profit", "value", "part", "label", "text"]],
            list(METHODS.values()),
            f"discounts for customers, {currency}",
            f"expected margin, {currency}",
        ),
        numbers=frontier_table(points, currency),
        note=f"{sample_note(points)} {facts.margin_assumption}.",
        is_assumption=True,
        is_wide=True,
    )


def label_points(points: pd.DataFrame) -> pd.Series:
    """Names to write beside points: those that lie too near each other to be written apart share one place.

    >>> points = pd.DataFrame({"name": ["a", None, "b"], "benefit": [0.0, 9.0, 0.1], "profit": [5.0, 1.0, 5.0]})
    >>> label_points(points).tolist()
    ['a, b', '', '']
    """
    named = points["name"].fillna("").astype(str)
    across, up = (scaled(points[goal]) for goal in ("benefit", "profit"))
    written: dict[int, list[str]] = {}
    for place in (named != "").to_numpy().nonzero()[0]:
        apart = ((at, abs(across[place] - across[at]), abs(up[place] - up[at])) for at in written)
        near = next((at for at, right, above in apart if right < NAME_WIDE and above < NAME_HIGH), int(place))
        written.setdefault(near, []).append(named.iloc[place])
    return pd.Series([", ".join(written.get(place, [])) for place in range(len(points))], index=points.index)


def scaled(values: pd.Series) -> FloatArray:
    """Places on an axis, 0 at the least and 1 at the most."""
    numbers = values.to_numpy(dtype=float)
    return (numbers - numbers.min()) / (float(np.ptp(numbers)) or 1.0)


def sample_note(points: pd.DataFrame) -> str:
    row = next(rows_of(points))
    if row.sample_rate >= 1:
        return "Computed on every customer with a candidate offer."
    sampled = f"{count(row.customer_count)} customers, {share(row.sample_rate)} of those with a candidate offer"
    return f"Computed on {sampled}, and scaled up."


def frontier_table(points: pd.DataFrame, currency: str) -> Table:
    named = points[points["name"].fillna("") != ""]
    rows = tuple(
        (
            Mark(row.name, "good") if row.is_decided_by else row.name,
            money(row.profit, currency),
            money(row.benefit, currency),
            money(row.stock, currency),
            money(row.cost, currency),
            count(row.offer_count),
        )
        for row in rows_of(named)
    )
    return Table(
        head=("Point", "Expected margin", "For customers", "Overstock sold", "Cost to the shop", "Offers"),
        rows=rows,
        caption="The points a manager may pick; the one decided by is marked",
        numeric=frozenset(range(1, 6)),
    )
