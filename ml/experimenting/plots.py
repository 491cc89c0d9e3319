"""Charts of a test, as pure functions of small frames."""

import altair as alt
import pandas as pd

from ml.reporting.charts import SQUARE, as_spec, few_ticks, tooltip
from ml.reporting.page import Spec


def uplift_lines(frame: pd.DataFrame, ends: pd.DataFrame, gained: str) -> Spec:
    """Extra outcome over the share of the rows treated, best first, against drawing lots.

    frame, ends: share (0-1), gained (per row), text; ends are the two ends of a draw by lot.
    """
    x = alt.X("share:Q", title="share treated, best first", scale=alt.Scale(domain=[0, 1]), axis=few_ticks(format="%"))
    y = alt.Y("gained:Q", title=gained, axis=few_ticks())
    base = alt.Chart(frame).encode(x=x, y=y, tooltip=tooltip("text:N"))
    lot = alt.Chart(ends).mark_line(style="muted", strokeDash=[4, 3], strokeWidth=1).encode(x=x, y=y)
    hover = base.mark_point(style="accent", size=50, filled=True, opacity=0)
    return as_spec(alt.layer(lot, base.mark_line(style="accent", strokeWidth=2.5), hover), SQUARE)


def effect_bins(frame: pd.DataFrame, predicted: str, estimated: str) -> Spec:
    """Predicted against estimated effect per bin; on the dashed line they agree.

    frame: predicted, estimated, low, high (per row, in the unit of the outcome), text.
    """
    ends = [float(frame[["predicted", "low"]].min().min()), float(frame[["predicted", "high"]].max().max())]
    x = alt.X("predicted:Q", title=predicted, axis=few_ticks(), scale=alt.Scale(zero=False, nice=True))
    y, low = (
        alt.Y(f"{name}:Q", title=estimated, axis=few_ticks(), scale=alt.Scale(zero=False))
        for name in ("estimated", "low")
    )
    agree = pd.DataFrame({"predicted": ends, "estimated": ends})
    line = alt.Chart(agree).mark_line(style="muted", strokeDash=[4, 3], strokeWidth=1, clip=True).encode(x=x, y=y)
    base = alt.Chart(frame).encode(x=x, tooltip=tooltip("text:N"))
    ranges = base.mark_rule(style="accent", strokeWidth=4, opacity=0.35, strokeCap="round").encode(y=low, y2="high:Q")
    points = base.mark_point(style="accent", filled=True, size=60, opacity=1).encode(y=y)
    return as_spec(alt.layer(line, ranges, points), SQUARE)
