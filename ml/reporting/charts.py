"""Charts as pure functions of small frames; colours are names that the page turns into its light or dark palette."""

from typing import Any

import altair as alt
import pandas as pd

from ml.reporting.page import Spec

TONES = ["accent", "second", "third", "quiet"]
ROW = 34
SQUARE = 250
AnyChart = alt.Chart | alt.LayerChart


def as_spec(chart: AnyChart, height: Any) -> Spec:
    """The chart as wide as its place on the page, without altair's own theme."""
    spec: Spec = chart.properties(width="container", height=height).to_dict()
    spec.pop("config", None)
    spec.pop("$schema", None)
    return spec


def rows(frame: pd.DataFrame) -> alt.Y:
    """The rows of a ranked chart, in the order of the frame."""
    return alt.Y("label:N", sort=list(frame["label"]), title=None)


def room_for_text(largest: float) -> alt.Scale:
    return alt.Scale(domain=[0, (largest or 1) * 1.38], nice=False)


def tone(legend: alt.Legend | None = None) -> alt.Color:
    return alt.Color("tone:N", scale=alt.Scale(domain=TONES), legend=legend)


def ranked_bars(frame: pd.DataFrame) -> Spec:
    """Horizontal bars with their number written beside them.

    frame: label, value >= 0, text, tone (one of TONES); one row per bar, drawn in this order.
    """
    base = alt.Chart(frame).encode(
        y=rows(frame),
        x=alt.X("value:Q", axis=None, scale=room_for_text(frame["value"].max())),
        tooltip=[alt.Tooltip("label:N", title=" "), alt.Tooltip("text:N", title=" ")],
    )
    bars = base.mark_bar(size=20).encode(color=tone())
    return as_spec(bars + base.mark_text(align="left", dx=6).encode(text="text:N"), ROW * len(frame))


def bars_with_range(frame: pd.DataFrame, unit: str) -> Spec:
    """Horizontal bars with an interval drawn over them.

    frame: label, value, low, high, text; unit is the title of the axis.
    """
    base = alt.Chart(frame).encode(y=rows(frame), tooltip=["label:N", alt.Tooltip("text:N", title=unit)])
    bars = base.mark_bar(size=20, style="accent").encode(x=alt.X("value:Q", title=unit, axis=few_ticks()))
    ranges = base.mark_rule(style="ink", strokeWidth=1.5).encode(x="low:Q", x2="high:Q")
    ends = [base.mark_tick(style="ink", size=9, thickness=1.5).encode(x=f"{end}:Q") for end in ("low", "high")]
    return as_spec(alt.layer(bars, ranges, *ends), ROW * len(frame))


def few_ticks(**options: Any) -> alt.Axis:
    return alt.Axis(tickCount=4, grid=True, domain=False, ticks=False, **options)


def budget_bars(frame: pd.DataFrame) -> Spec:
    """What a campaign has spent and plans today, inside a bar as long as its budget.

    frame: label, budget, used, planned_until (used plus planned today), text; amounts in one currency.
    """
    labelled = alt.Chart(frame.assign(longest=frame[["budget", "planned_until"]].max(axis=1), start=0.0))
    base = labelled.encode(y=rows(frame), tooltip=[alt.Tooltip("label:N", title=" "), alt.Tooltip("text:N", title=" ")])
    scale = room_for_text(max(frame["budget"].max(), frame["planned_until"].max()))

    def bar(start: str, end: str, **looks: Any) -> alt.Chart:
        return base.mark_bar(**looks).encode(x=alt.X(f"{start}:Q", axis=None, scale=scale), x2=f"{end}:Q")

    text = base.mark_text(align="left", dx=6).encode(x=alt.X("longest:Q", axis=None, scale=scale), text="text:N")
    bars = [
        bar("start", "budget", size=20, style="soft"),
        bar("start", "used", size=10, style="quiet"),
        bar("used", "planned_until", size=10, style="accent"),
    ]
    return as_spec(alt.layer(*bars, text), ROW * len(frame))


def points_with_range(frame: pd.DataFrame, unit: str, form: str = "%", reference: float | None = None) -> Spec:
    """Estimates as points with their interval, one row each.

    frame: label, value, low, high (may be missing), text, tone; reference draws one dashed line.
    """
    x = alt.X("value:Q", title=unit, axis=few_ticks(format=form), scale=alt.Scale(zero=False, nice=True, padding=12))
    base = alt.Chart(frame).encode(y=rows(frame), color=tone(), tooltip=["label:N", alt.Tooltip("text:N", title=unit)])
    ranges = base.mark_rule(strokeWidth=3, opacity=0.45, strokeCap="round").encode(x="low:Q", x2="high:Q")
    points = base.mark_point(filled=True, size=85, opacity=1).encode(x=x)
    lines = [] if reference is None else [dashed([reference])]
    return as_spec(alt.layer(*lines, ranges, points), ROW * len(frame))


def dashed(values: list[float]) -> alt.Chart:
    """Upright dashed lines at these values."""
    lines = alt.Chart(pd.DataFrame({"value": values}))
    return lines.mark_rule(style="muted", strokeDash=[4, 3]).encode(x="value:Q")


def diagonal(until: float) -> alt.Chart:
    ends = pd.DataFrame({"x": [0.0, until], "y": [0.0, until]})
    return alt.Chart(ends).mark_line(style="muted", strokeDash=[4, 3], strokeWidth=1).encode(x="x:Q", y="y:Q")


def calibration(frame: pd.DataFrame, predicted: str, actual: str) -> Spec:
    """Predicted against actual rate; on the dashed line they agree.

    frame: predicted, actual, low, high (rates in 0-1), text; predicted and actual are axis titles.
    """
    until = float(max(frame["predicted"].max(), frame[["actual", "high"]].max().max()))
    scale = alt.Scale(domain=[0, until], nice=True)
    axis = few_ticks(format="%" if until > 0.08 else ".1%")
    base = alt.Chart(frame).encode(
        x=alt.X("predicted:Q", title=predicted, scale=scale, axis=axis),
        tooltip=[alt.Tooltip("text:N", title=" ")],
    )
    y = alt.Y("actual:Q", title=actual, scale=scale, axis=axis)
    ranges = base.mark_rule(style="accent", strokeWidth=3, opacity=0.4).encode(
        y=alt.Y("low:Q", title=actual), y2="high:Q"
    )
    points = base.mark_point(style="accent", filled=True, size=60, opacity=1).encode(y=y)
    return as_spec(alt.layer(diagonal(until), ranges, points), SQUARE)


def gain(frame: pd.DataFrame, found: str) -> Spec:
    """Share of all responses found when only the highest scores are contacted, against drawing lots.

    frame: contacted, found (rates in 0-1), text.
    """
    scale = alt.Scale(domain=[0, 1])
    axis = few_ticks(format="%")
    base = alt.Chart(frame).encode(
        x=alt.X("contacted:Q", title="share contacted, best first", scale=scale, axis=axis),
        y=alt.Y("found:Q", title=found, scale=scale, axis=axis),
        tooltip=[alt.Tooltip("text:N", title=" ")],
    )
    line = base.mark_line(style="accent", strokeWidth=2.5, interpolate="linear")
    hover = base.mark_point(style="accent", size=50, filled=True, opacity=0)
    return as_spec(alt.layer(diagonal(1.0), line, hover), SQUARE)


def stacked_bars(frame: pd.DataFrame, parts: list[str], unit: str) -> Spec:
    """Bars made of named parts.

    frame: label, part (one of parts, at most four), value, text.
    """
    labels = list(dict.fromkeys(frame["label"]))
    order = {part: position for position, part in enumerate(parts)}
    chart = (
        alt.Chart(frame.assign(order=frame["part"].map(order)))
        .mark_bar(size=22)
        .encode(
            y=alt.Y("label:N", sort=labels, title=None),
            x=alt.X("value:Q", title=unit, axis=few_ticks(format="~s")),
            color=alt.Color("part:N", scale=alt.Scale(domain=parts), legend=alt.Legend()),
            order="order:Q",
            tooltip=["label:N", "part:N", alt.Tooltip("text:N", title=unit)],
        )
    )
    return as_spec(chart, ROW * len(labels))


def histogram(frame: pd.DataFrame, unit: str, counted: str) -> Spec:
    """How many things fall into each range of a rate.

    frame: low, high (rates in 0-1), value, text.
    """
    chart = (
        alt.Chart(frame)
        .mark_bar(style="accent", binSpacing=1)
        .encode(
            x=alt.X("low:Q", bin="binned", title=unit, axis=few_ticks(format="%")),
            x2="high:Q",
            y=alt.Y("value:Q", title=counted, axis=few_ticks(format="~s")),
            tooltip=[alt.Tooltip("text:N", title=" ")],
        )
    )
    return as_spec(chart, 220)


def shift_bars(frame: pd.DataFrame, limits: list[float], unit: str) -> Spec:
    """Bars with limits drawn across them.

    frame: label, value >= 0, text, tone; limits in the unit of the bars.
    """
    base = alt.Chart(frame).encode(y=rows(frame), tooltip=["label:N", alt.Tooltip("text:N", title=unit)])
    top = max([*frame["value"], *limits]) * 1.08
    x = alt.X("value:Q", title=unit, axis=few_ticks(), scale=alt.Scale(domain=[0, top], nice=False))
    bars = base.mark_bar(size=14).encode(x=x, color=tone())
    return as_spec(alt.layer(bars, dashed(limits)), 26 * len(frame))


def held_bars(frame: pd.DataFrame) -> Spec:
    """How much of each bar held.

    frame: label, value (all), held (of these), text.
    """
    base = alt.Chart(frame).encode(
        y=rows(frame), tooltip=[alt.Tooltip("label:N", title=" "), alt.Tooltip("text:N", title=" ")]
    )
    x = alt.X("value:Q", axis=None, scale=room_for_text(frame["value"].max()))
    every = base.mark_bar(size=20, style="second").encode(x=x)
    held = base.mark_bar(size=20, style="accent").encode(x=alt.X("held:Q", axis=None))
    return as_spec(
        alt.layer(every, held, base.mark_text(align="left", dx=6).encode(x=x, text="text:N")), ROW * len(frame)
    )
