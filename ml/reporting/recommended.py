"""Which products were recommended, by whom, and what they are to the customer."""

import pandas as pd

from ml.reporting import charts, names
from ml.reporting.data import rows_of
from ml.reporting.facts import Facts
from ml.reporting.page import Figure, Section, Table
from ml.reporting.words import count, plural, share


def describe_recommendations(facts: Facts) -> Section:
    made = facts.frames.recommendations
    title = "Products recommended"
    if made.empty:
        return Section("recommendations", title, "Not available because no product was recommended for this day.")
    return Section(
        anchor="recommendations",
        title=title,
        takeaway=recommendation_takeaway(made),
        explanation=(
            "Products a customer buys regularly keep the list useful; products bought before but not lately, and "
            "products never bought, are where a promotion can change something."
        ),
        blocks=(method_figure(made),),
    )


def recommendation_takeaway(made: pd.DataFrame) -> str:
    total, changeable = made["products"].sum(), made.loc[made["part"] != "repeat", "products"].sum()
    return (
        f"{plural(total, 'recommendation')}; {share(changeable / total)} are products the customer no longer buys "
        "or never bought."
    )


def method_figure(made: pd.DataFrame) -> Figure:
    totals = made.groupby("method")["products"].sum()
    ordered = made.assign(total=made["method"].map(totals)).sort_values(
        ["total", "method", "part"], ascending=[False, True, True]
    )
    frame = ordered.assign(
        label=ordered["method"].map(names.candidate),
        part=ordered["part"].map(names.part),
        value=ordered["products"],
        text=[count(total) for total in ordered["total"]],
    )
    rows = tuple(
        (row.label, row.part, count(row.products), count(row.distinct_products), count(row.customers))
        for row in rows_of(frame)
    )
    parts = [name for name in names.PARTS.values() if name in set(frame["part"])]
    head = ("Method", "To the customer", "Places", "Different products", "Customers")
    return Figure(
        title="Recommendations by method",
        text="Places in all recommendation lists, by the method that proposed them and what the product is.",
        spec=charts.stacked_bars(frame[["label", "part", "value", "text"]], parts),
        numbers=Table(head, rows, "Recommendations by method", frozenset({2, 3, 4})),
        is_wide=True,
    )
