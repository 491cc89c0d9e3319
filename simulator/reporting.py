"""The loop's result as one page: the decisions against the best, the common rule, chance and doing nothing."""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

MONEY = (
    "policy_value", "oracle_value", "knowable_value", "uniform_value", "propensity_value", "nothing_value",
    "expected_cost", "spend", "budget",
)  # fmt: skip
NAMES = {
    "oracle_value": "best possible",
    "knowable_value": "best knowable",
    "policy_value": "decided",
    "propensity_value": "likeliest buyers",
    "uniform_value": "at random",
    "nothing_value": "nothing",
}
COSTS = {"expected_cost": "expected cost", "spend": "spent", "budget": "budget"}
COLOURS = ["#9aa5a0", "#5b7c99", "#1f7a5c", "#c2772b", "#6a6fb0", "#c9cec9"]
WIDTH, HEIGHT = 720, 320


def write(lived: Sequence[Any], reports: Path) -> Path:
    """`simulation.html`: the chart as a picture in the page, and its numbers."""
    reports.mkdir(parents=True, exist_ok=True)
    page = reports / "simulation.html"
    page.write_text(as_page(lived, vl_convert.vegalite_to_svg(json.dumps(cumulated(lived).to_dict()))))
    return page


def cumulated(lived: Sequence[Any]) -> alt.Chart:
    """Incremental margin earned so far, week by week, for each policy."""
    frame = pd.DataFrame({"week": [week.day for week in lived]})
    for name, words in NAMES.items():
        frame[words] = pd.Series([getattr(week, name) for week in lived]).cumsum()
    long = frame.melt("week", var_name="policy", value_name="margin")
    return (
        alt.Chart(long)
        .mark_line(point=True, strokeWidth=2.5)
        .encode(
            x=alt.X("week:O", title="week beginning on", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("margin:Q", title="extra margin so far, currency"),
            color=alt.Color(
                "policy:N",
                title=None,
                sort=list(NAMES.values()),
                scale=alt.Scale(domain=list(NAMES.values()), range=COLOURS),
            ),
        )
        .properties(width=WIDTH, height=HEIGHT)
    )


def as_page(lived: Sequence[Any], picture: str) -> str:
    total = {name: sum(getattr(week, name) for week in lived) for name in MONEY}
    share = 100 * total["policy_value"] / max(total["oracle_value"], 1e-9)
    head = "".join(f"<th>{escape(name)}</th>" for name in ("week", *((NAMES | COSTS)[one] for one in MONEY)))
    rows = "".join(row(week.day, {name: getattr(week, name) for name in MONEY}) for week in lived) + row("total", total)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What the decisions earned in the simulated shop</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d2421; }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: right; padding: .3rem .6rem; border-bottom: 1px solid #dfe4e0; }}
th:first-child, td:first-child {{ text-align: left; }}
tr:last-child td {{ font-weight: 600; }}
svg {{ max-width: 100%; height: auto; }}
</style></head><body>
<h1>What the decisions earned in the simulated shop</h1>
<p>In {len(lived)} weeks the decisions earned {total["policy_value"]:,.0f} in extra margin: {share:.0f} % of the best
that anybody could have done with the same budget and full knowledge of every customer. They cost
{total["spend"]:,.0f} of {total["budget"]:,.0f}.</p>
{picture}
<table><thead><tr>{head}</tr></thead>
<tbody>{rows}</tbody></table>
<p>Values are expected extra margins in the shop's currency by the simulator's truth: with the decisions minus without
any, less later orders they replace and what the offers and messages cost. No estimate of the platform is in them. “Best
possible” knows how every single customer answers, “best knowable” only what customers with the same history do on
average; both, “at random” and “likeliest buyers” choose one offer each for the same customers within the same budget;
“likeliest buyers” gives the deepest discount to those most likely to buy anyway, which is the common rule. Expected
cost is that of the decisions by the truth, spent is what the shop really paid.</p>
</body></html>
"""


def row(label: str, values: dict[str, float]) -> str:
    cells = "".join(f"<td>{values[name]:,.0f}</td>" for name in MONEY)
    return f"<tr><td>{escape(label)}</td>{cells}</tr>"
