"""How well a score ranks customers by what a treatment changes, judged on rows of a test that the score never saw.

`HeldOut` holds such rows; `qini`, `auuc`, `uplift_at`, `cost_curve` measure the ranking, `calibrate` the size of the
effects, `with_intervals` all of them in resamples of units. `uplift_metrics.sql` gives the same numbers from a table.
"""

from ml.learning.uplift_metrics.calibration import Calibration, EffectBin, calibrate, effect_scores
from ml.learning.uplift_metrics.curves import (
    CostCurve,
    Curve,
    area_over_random,
    auuc,
    average_effect,
    cost_curve,
    qini,
    qini_curve,
    uplift_at,
    uplift_curve,
)
from ml.learning.uplift_metrics.held_out import HeldOut
from ml.learning.uplift_metrics.perfect import hindsight_score, perfect_area
from ml.learning.uplift_metrics.resampled import draw_metrics, with_intervals

__all__ = [
    "Calibration",
    "CostCurve",
    "Curve",
    "EffectBin",
    "HeldOut",
    "area_over_random",
    "auuc",
    "average_effect",
    "calibrate",
    "cost_curve",
    "draw_metrics",
    "effect_scores",
    "hindsight_score",
    "perfect_area",
    "qini",
    "qini_curve",
    "uplift_at",
    "uplift_curve",
    "with_intervals",
]
