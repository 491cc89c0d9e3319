"""Charts as pure functions of small frames; colours are names that the page turns into its light or dark palette."""

from collections.abc import Sequence
from math import isnan
from typing import Any

import altair as alt
import pandas as pd

from ml.reporting.page import Spec

TONES = ["accent", "second", "third", "quiet", "fourth", "fifth", "sixth", "bad"]  # in the order of charts.js
ROW = 44  # a row holds a line of words and, beneath it, a bar
WORDS_ABOVE = -9
ROW_OF_TWO_LINES = 60  # the text has a line of its own beneath the label
FIRST_LINE, SECOND_LINE = -20, -4
LETTERS_IN_A_LINE = 42  # as many as a telephone shows beside each other
BAR_BELOW = 10
THICKNESS = 10
SQUARE = 230
AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart


def as_spec(chart: AnyChart, height: Any) -> Spec:
    """The chart as wide as its place on the page, without altair's own theme.

    Validating takes as long as all the rest; the tests compile every chart instead.
    """
    spec: Spec = chart.properties(width="container", height=height).to_dict(validate=False)
    spec.pop("config", None)
    spec.pop("$schema", None)
    return spec


def in_rows(frame: pd.DataFrame) -> alt.Chart:
    """A row for each label in the order of the frame, without an axis: the words stand above the bars."""
    row = alt.Y("label:N", sort=list(frame["label"]), axis=None, scale=alt.Scale(padding=0))
    return alt.Chart(frame).encode(y=row, tooltip=tooltip("label:N", "text:N"))


def words(base: alt.Chart) -> list[alt.Chart]:
    """The label at the left and the text at the right of each row, above its bar, so that neither is ever cut.

    Where both do not fit on one line of a telephone the text stands beneath the label.
    """
    is_long = needs_two_lines(base.data)
    label = base.mark_text(align="left", dy=FIRST_LINE if is_long else WORDS_ABOVE)
    text = (
        base.mark_text(align="left", dy=SECOND_LINE, style="number").encode(x=alt.value(0))
        if is_long
        else base.mark_text(align="right", dy=WORDS_ABOVE, style="number").encode(x=alt.value("width"))
    )
    return [label.encode(x=alt.value(0), text="label:N"), text.encode(text="text:N")]


def needs_two_lines(frame: pd.DataFrame) -> bool:
    """
    >>> needs_two_lines(pd.DataFrame({"label": ["Campaign 8"], "text": ["24% (22% to 26%)"]}))
    False
    >>> needs_two_lines(pd.DataFrame({"label": ["Campaign 19 (evaluated)"], "text": ["$300 ($120.00 to $480.00)"]}))
    True
    """
    return bool((frame["label"].str.len() + frame["text"].str.len()).max() > LETTERS_IN_A_LINE)


def rows_high(frame: pd.DataFrame) -> int:
    """Pixels that the rows of a frame (label, text) need."""
    return len(frame) * (ROW_OF_TWO_LINES if needs_two_lines(frame) else ROW)


def tooltip(*columns: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(column, title=" ") for column in columns]


def tone() -> alt.Color:
    return alt.Color("tone:N", scale=alt.Scale(domain=TONES), legend=None)


def bar(base: alt.Chart, start: str, end: str, scale: alt.Scale, **looks: Any) -> alt.Chart:
    looks = {"size": THICKNESS, "yOffset": BAR_BELOW, **looks}
    return base.mark_bar(**looks).encode(x=alt.X(f"{start}:Q", axis=None, scale=scale), x2=f"{end}:Q")


def from_zero(largest: float) -> alt.Scale:
    return alt.Scale(domain=[0, float(largest) or 1.0], nice=False, zero=True)


def few_ticks(**options: Any) -> alt.Axis:
    return alt.Axis(**{"tickCount": 4, "grid": True, "domain": False, "ticks": False, **options})


def ranked_bars(frame: pd.DataFrame) -> Spec:
    """Bars from zero, their words above them.

    frame: label, value >= 0, text, tone (one of TONES); one row per bar, drawn in this order.
    """
    base = in_rows(frame.assign(start=0.0))
    scale = from_zero(frame["value"].max())
    bars = bar(base, "start", "value", scale).encode(color=tone())
    return as_spec(alt.layer(bar_track(base, scale), bars, *words(base)), rows_high(frame))


def bar_track(base: alt.Chart, scale: alt.Scale) -> alt.Chart:
    """A pale bar over the whole width behind each row, which shows how far the real one could reach."""
    return (
        base.transform_calculate(whole=str(scale.domain[1]))
        .mark_bar(size=THICKNESS, yOffset=BAR_BELOW, style="track")
        .encode(x=alt.X("start:Q", axis=None, scale=scale), x2="whole:Q")
    )


def bars_with_range(frame: pd.DataFrame) -> Spec:
    """Bars from zero with an interval drawn over them, their words above them.

    frame: label, value, low, high, text; the text holds the unit.
    """
    base = in_rows(frame.assign(start=0.0))
    scale = alt.Scale(domain=[min(0.0, float(frame["low"].min())), float(frame["high"].max()) or 1.0], nice=False)
    line = base.mark_rule(style="ink", strokeWidth=1.5, yOffset=BAR_BELOW).encode(
        x=alt.X("low:Q", axis=None, scale=scale), x2="high:Q"
    )
    ends = [
        base.mark_tick(style="ink", size=THICKNESS, thickness=1.5, yOffset=BAR_BELOW).encode(
            x=alt.X(f"{end}:Q", axis=None, scale=scale)
        )
        for end in ("low", "high")
    ]
    bars = bar(base, "start", "value", scale, style="accent")
    return as_spec(alt.layer(bars, line, *ends, *words(base)), rows_high(frame))


def budget_bars(frame: pd.DataFrame) -> Spec:
    """What a campaign has spent, keeps for earlier offers and plans today, inside a bar as long as its budget.

    frame: label, budget, used, committed_until (used plus kept), planned_until (plus planned today), text; amounts in
    one currency.
    """
    base = in_rows(frame.assign(start=0.0))
    scale = from_zero(max(frame["budget"].max(), frame["planned_until"].max()))
    bars = [
        bar(base, "start", "budget", scale, style="soft"),
        bar(base, "start", "used", scale, style="quiet"),
        bar(base, "used", "committed_until", scale, style="third"),
        bar(base, "committed_until", "planned_until", scale, style="second"),
    ]
    return as_spec(alt.layer(*bars, *words(base)), rows_high(frame))


def points_with_range(frame: pd.DataFrame, unit: str, form: str, reference: float | None = None) -> Spec:
    """Estimates as points with their interval, their words above them.

    frame: label, value, low, high (may be missing), text, tone; reference is marked beside each.
    """
    base = in_rows(frame).encode(color=tone())
    scale = alt.Scale(zero=False, nice=True, padding=10)
    x = alt.X("value:Q", title=unit, axis=few_ticks(format=form, grid=False), scale=scale)
    ranges = base.mark_rule(strokeWidth=4, opacity=0.4, strokeCap="round", yOffset=BAR_BELOW)
    points = base.mark_point(filled=True, size=90, opacity=1, yOffset=BAR_BELOW).encode(x=x)
    lines = [] if reference is None or isnan(reference) else marks(frame, [reference])
    layers = [*lines, ranges.encode(x="low:Q", x2="high:Q"), points, *words(in_rows(frame))]
    return as_spec(alt.layer(*layers), rows_high(frame))


def marks(frame: pd.DataFrame, values: Sequence[float]) -> list[alt.Chart]:
    """Short upright lines at these values beside every bar, so that none runs through words."""
    bases = (in_rows(frame[["label", "text"]].assign(mark=value)) for value in values)
    return [
        base.mark_tick(style="muted", size=14, thickness=1.5, yOffset=BAR_BELOW).encode(x="mark:Q") for base in bases
    ]


def shift_bars(frame: pd.DataFrame, limits: Sequence[float], unit: str) -> Spec:
    """Bars from zero with limits marked beside them, their words above them.

    frame: label, value >= 0, text, tone; limits in the unit of the bars.
    """
    base = in_rows(frame.assign(start=0.0))
    scale = from_zero(max([*frame["value"], *limits]) * 1.05)
    x = alt.X("start:Q", title=unit, axis=few_ticks(grid=False), scale=scale)
    bars = base.mark_bar(size=THICKNESS, yOffset=BAR_BELOW).encode(x=x, x2="value:Q", color=tone())
    return as_spec(alt.layer(bars, *marks(frame, limits), *words(base)), rows_high(frame))


def stacked_bars(frame: pd.DataFrame, parts: list[str]) -> Spec:
    """Bars made of named parts, their words above them.

    frame: label, part (one of parts, at most four), value, text (of the whole bar).
    """
    ordered = frame.assign(order=frame["part"].map({part: place for place, part in enumerate(parts)}))
    ordered = ordered.sort_values(["order"], kind="stable")
    until = ordered.groupby("label")["value"].cumsum()
    labels = frame.drop_duplicates("label")
    spans = ordered.assign(start=until - ordered["value"], until=until)
    base = in_rows(labels)
    bars = (
        alt.Chart(spans)
        .mark_bar(size=THICKNESS, yOffset=BAR_BELOW)
        .encode(
            y=alt.Y("label:N", sort=list(labels["label"]), axis=None, scale=alt.Scale(padding=0)),
            x=alt.X("start:Q", axis=None, scale=from_zero(until.max())),
            x2="until:Q",
            color=alt.Color("part:N", scale=alt.Scale(domain=parts), legend=alt.Legend()),
            tooltip=[*tooltip("label:N", "part:N"), alt.Tooltip("value:Q", title=" ", format=",")],
        )
    )
    return as_spec(alt.layer(bars, *words(base)), rows_high(labels))


def diagonal(x: alt.X, y: alt.Y, until: float) -> alt.Chart:
    """A dashed line on which both agree; x and y are the channels of the chart it belongs to."""
    ends = pd.DataFrame({x.shorthand.split(":")[0]: [0.0, until], y.shorthand.split(":")[0]: [0.0, until]})
    return alt.Chart(ends).mark_line(style="muted", strokeDash=[4, 3], strokeWidth=1).encode(x=x, y=y)


def calibration(frame: pd.DataFrame, predicted: str, actual: str) -> Spec:
    """Predicted against actual rate on axes stretched near zero; on the dashed line they agree.

    frame: predicted, actual, low, high (rates in 0-1), text; predicted and actual are axis titles.
    """
    until = float(max(frame["predicted"].max(), frame["high"].max(), frame["actual"].max()))
    ticks = [
        rate
        for rate in (0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1)
        if rate == 0 or until / 90 < rate <= until
    ]
    scale = alt.Scale(type="sqrt", domain=[0, until], nice=False)
    axis = alt.Axis(
        values=ticks,
        labelExpr="format(datum.value, '~%')",
        grid=True,
        domain=False,
        ticks=False,
        labelOverlap="greedy",
        labelSeparation=8,
    )
    x = alt.X("predicted:Q", title=predicted, scale=scale, axis=axis)
    base = alt.Chart(frame).encode(x=x, tooltip=tooltip("text:N"))
    y = alt.Y("actual:Q", title=actual, scale=scale, axis=axis)
    low = alt.Y("low:Q", title=actual, scale=scale, axis=axis)
    ranges = base.mark_rule(style="accent", strokeWidth=4, opacity=0.35, strokeCap="round").encode(y=low, y2="high:Q")
    points = base.mark_point(style="accent", filled=True, size=60, opacity=1).encode(y=y)
    return as_spec(alt.layer(diagonal(x, y, until), ranges, points), SQUARE)


def gain(frame: pd.DataFrame, marked: pd.DataFrame, found: str) -> Spec:
    """Share of all responses found when only the highest scores are contacted, against drawing lots.

    frame, marked: contacted, found (rates in 0-1), text; marked is the one point whose text is written out.
    """
    axis = few_ticks(format="%")
    x = alt.X("contacted:Q", title="share contacted, best first", scale=alt.Scale(domain=[0, 1]), axis=axis)
    y = alt.Y("found:Q", title=found, scale=alt.Scale(domain=[0, 1]), axis=axis)
    base = alt.Chart(frame).encode(x=x, y=y, tooltip=tooltip("text:N"))
    area = base.mark_area(style="accent", opacity=0.12)
    line = base.mark_line(style="accent", strokeWidth=2.5)
    hover = base.mark_point(style="accent", size=50, filled=True, opacity=0)
    spot = alt.Chart(marked).encode(x=x, y=y, tooltip=tooltip("text:N"))
    point = spot.mark_point(style="accent", size=90, filled=True, opacity=1)
    text = spot.mark_text(align="left", dx=10, dy=12, style="number").encode(text="text:N")
    return as_spec(alt.layer(area, diagonal(x, y, 1.0), line, hover, point, text), SQUARE)


def histogram(frame: pd.DataFrame, unit: str, counted: str) -> Spec:
    """How many things fall into each range of a rate.

    frame: low, high (rates in 0-1), value, text.
    """
    chart = (
        alt.Chart(frame.assign(start=0))
        .mark_rect(style="accent")
        .encode(
            x=alt.X("low:Q", title=unit, axis=few_ticks(format="%"), scale=alt.Scale(nice=False, zero=True)),
            x2="high:Q",
            y=alt.Y("start:Q", title=counted, axis=few_ticks(format="~s")),
            y2="value:Q",
            tooltip=tooltip("text:N"),
        )
    )
    return as_spec(chart, SQUARE)


def trade(frame: pd.DataFrame, parts: list[str], cost: str, margin: str) -> Spec:
    """What each thing is expected to bring against what it costs, as bubbles as large as it is often given.

    Both axes are stretched near zero.

    frame: cost, margin (same currency), value (how often), part (one of parts), text.
    """
    chart = (
        alt.Chart(frame)
        .mark_point(filled=True, opacity=0.75, strokeWidth=1)
        .encode(
            x=alt.X("cost:Q", title=cost, axis=few_ticks(), scale=alt.Scale(type="sqrt", zero=True, nice=True)),
            y=alt.Y("margin:Q", title=margin, axis=few_ticks(), scale=alt.Scale(type="sqrt", zero=True, nice=True)),
            size=alt.Size("value:Q", scale=alt.Scale(range=[25, 420]), legend=None),
            color=alt.Color("part:N", scale=alt.Scale(domain=parts), legend=alt.Legend()),
            tooltip=tooltip("text:N"),
        )
    )
    return as_spec(chart, 300)


def choices(frame: pd.DataFrame, parts: list[str], across: str, up: str) -> Spec:
    """What could be chosen instead, as points: the further up and to the right the better.

    frame: benefit, profit (same currency), value (third goal), part (one of parts), label (empty for most), text.
    """
    room = alt.Scale(zero=False, nice=True, padding=24)  # for names at the rim
    base = alt.Chart(frame).encode(
        x=alt.X("benefit:Q", title=across, axis=few_ticks(), scale=room),
        y=alt.Y("profit:Q", title=up, axis=few_ticks(), scale=room),
    )
    points = base.mark_point(filled=True, opacity=0.75, strokeWidth=1).encode(
        size=alt.Size("value:Q", scale=alt.Scale(range=[30, 300]), legend=None),
        color=alt.Color("part:N", scale=alt.Scale(domain=parts), legend=alt.Legend()),
        tooltip=tooltip("text:N"),
    )
    return as_spec(alt.layer(points, *point_names(base, frame)), 300)


def point_names(base: alt.Chart, frame: pd.DataFrame) -> list[alt.Chart]:
    """Names beside their points, on the side that has room."""
    is_named = frame["label"] != ""
    is_right = frame["benefit"] > (frame["benefit"].min() + frame["benefit"].max()) / 2
    left = base.properties(data=frame[is_named & ~is_right]).mark_text(align="left", dx=12)
    right = base.properties(data=frame[is_named & is_right]).mark_text(align="right", dx=-12)
    return [side.encode(text="label:N") for side in (left, right)]
