"""Curves over the share of rows treated, best scores first, and the numbers that sum them up.

Every curve is in inverse-probability form: rows stand for 1/e (treated) or 1/(1-e) (control) rows, normalised within
the treated and the control (Hájek 1971), so that a constant added to the outcome changes nothing; only while the best
rows hold one arm alone, the other counts as 0 there, as in scikit-uplift. A curve has a point after every block of
equal scores and is straight between: ties are averaged, and the order of rows cannot matter.
"""

from dataclasses import dataclass

import numpy as np

from ml.learning.uplift_metrics.held_out import FloatArray, HeldOut, Sums, sum_blocks
from ml.learning.uplift_metrics.perfect import hindsight_score, perfect_area


@dataclass(frozen=True)
class Curve:
    """share: of the rows treated, 0 to 1; gained: extra outcome per row of the whole test (its last value: the average
    effect, in the outcome's unit)."""

    share: FloatArray
    gained: FloatArray


@dataclass(frozen=True)
class CostCurve:
    """cost and gained: extra cost and extra outcome per row of the whole test when the best are treated.

    area_over_random: between the curve and a draw by lot, over the share of the cost, in the outcome's unit; area: the
    normalised area of Du et al. (0.5 for a draw by lot), not a number unless both totals are positive.
    """

    cost: FloatArray
    gained: FloatArray
    area_over_random: float
    area: float


def uplift_curve(rows: HeldOut) -> Curve:
    """Share treated times the average effect among the treated share.

    Source: Devriendt, Guns and Verbeke 2020, arXiv 2002.05897, section 3; with one probability for all rows the curve
    of scikit-uplift's `uplift_curve`, both axes divided by n.

    >>> uplift_curve(HeldOut.of([2, 2, 1, 1], [1, 0, 1, 0], [1, 0, 0, 0])).gained.tolist()
    [0.0, 0.5, 0.5]
    """
    running = sum_blocks(rows).running()
    return Curve(share_of_rows(running), uplift_of(running))


def qini_curve(rows: HeldOut) -> Curve:
    """Extra outcome of the treated share against its control scaled to the same number of treated.

    Source: Radcliffe 2007, Direct Marketing Analytics Journal 3; with one probability for all rows the curve of
    scikit-uplift's `qini_curve`, divided by the number of treated, over the share of the rows.

    >>> qini_curve(HeldOut.of([2, 2, 1, 1], [1, 0, 1, 0], [1, 0, 0, 0])).gained.tolist()
    [0.0, 0.5, 0.5]
    """
    running = sum_blocks(rows).running()
    return Curve(share_of_rows(running), qini_of(running))


def qini(rows: HeldOut, in_hindsight: bool = False) -> float:
    """Qini coefficient: area between the Qini curve and a draw by lot, over that of a perfect ranking.

    0 for a draw by lot, 1 for a ranking that knows what every row would do treated and untreated (`perfect_area`),
    below 0 for one that ranks the wrong way round; not a number where the outcome never varies. `in_hindsight` divides
    by the area of `hindsight_score` instead: a binary outcome with one probability then gives the `qini_auc_score` of
    scikit-uplift. Source: Radcliffe 2007.

    >>> knows = HeldOut.of([1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 0])
    >>> qini(knows), qini(knows.ranked_by([0, 0, 0, 0])), qini(knows.ranked_by([0, 0, 1, 1]))
    (1.0, 0.0, -1.0)
    """
    perfect = hindsight_qini(rows) if in_hindsight else perfect_area(rows)
    return float(ratio(np.array(area_over_random(qini_curve(rows))), np.array(perfect), np.nan))


def hindsight_qini(rows: HeldOut) -> float:
    return area_over_random(qini_curve(rows.ranked_by(hindsight_score(rows))))


def auuc(rows: HeldOut) -> float:
    """Area between the uplift curve and a draw by lot, over that of a perfect ranking: 0 by lot, 1 perfect.

    The curve is scikit-uplift's `uplift_curve`; its `uplift_auc_score` differs in what it calls perfect: a ranking that
    sees who was treated, which no ranking of customers can, and whose curve exceeds any that the test could show.
    Source: Devriendt, Guns and Verbeke 2020; the normalisation is that of `perfect_area`.

    >>> knows = HeldOut.of([1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 0])
    >>> auuc(knows), auuc(knows.ranked_by([0, 0, 0, 0]))
    (1.0, 0.0)
    """
    return float(ratio(np.array(area_over_random(uplift_curve(rows))), np.array(perfect_area(rows)), np.nan))


def area_over_random(curve: Curve) -> float:
    """Area between the curve and the straight line to its end, in the outcome's unit per row.

    >>> area_over_random(Curve(np.array([0.0, 0.5, 1.0]), np.array([0.0, 1.0, 1.0])))
    0.25
    """
    return float(area_of(curve.share, curve.gained))


def uplift_at(rows: HeldOut, share: float) -> float:
    """Average effect among the best share of the rows, in the outcome's unit; not a number where an arm lacks there.

    A block of ties that the limit cuts counts with the part that fits, so that the order of rows cannot matter. Without
    ties and with one probability this is scikit-uplift's `uplift_at_k` with strategy "overall".

    >>> uplift_at(HeldOut.of([2, 2, 1, 1], [1, 0, 1, 0], [1, 0, 0, 0]), 0.5)
    1.0
    """
    return float(uplift_at_of(sum_blocks(rows).running(), share))


def average_effect(rows: HeldOut) -> float:
    """Weighted mean of the treated minus that of the control, in the outcome's unit."""
    return uplift_at(rows, 1.0)


def cost_curve(rows: HeldOut) -> CostCurve:
    """Extra outcome against extra cost when rows are treated in the order of the score (say effect per cost).

    Source: Du, Lee and Ghaffarizadeh 2019, Improve User Retention with Causal Learning, PMLR 104, section 4.

    >>> curve = cost_curve(HeldOut.of([2, 2, 1, 1], [1, 0, 1, 0], [1, 0, 0, 0], cost=[1, 0, 1, 0]))
    >>> curve.cost.tolist(), curve.gained.tolist(), curve.area
    ([0.0, 0.5, 1.0], [0.0, 0.5, 0.5], 0.75)
    """
    running = sum_blocks(rows).running()
    cost, gained = cost_of(running), uplift_of(running)
    over_random = float(area_of(share_of_total(cost), gained))
    is_paid_for = cost[-1] > 0 and gained[-1] > 0
    area = over_random / float(gained[-1]) + 0.5 if is_paid_for else float("nan")
    return CostCurve(cost, gained, over_random, area)


def share_of_rows(running: Sums) -> FloatArray:
    return running.rows / running.rows[..., -1:]


def uplift_of(running: Sums) -> FloatArray:
    treated = ratio(running.treated_outcome, running.treated)
    return share_of_rows(running) * (treated - ratio(running.control_outcome, running.control))


def cost_of(running: Sums) -> FloatArray:
    treated = ratio(running.treated_cost, running.treated)
    return share_of_rows(running) * (treated - ratio(running.control_cost, running.control))


def qini_of(running: Sums) -> FloatArray:
    scaled_control = running.control_outcome * ratio(running.treated, running.control)
    return ratio(running.treated_outcome - scaled_control, running.treated[..., -1:])


def area_of(x: FloatArray, y: FloatArray) -> FloatArray:
    """Area over the straight line to the last point; x runs from 0 to 1."""
    return np.asarray(np.trapezoid(y, x, axis=-1) - y[..., -1] / 2)


def share_of_total(amount: FloatArray) -> FloatArray:
    return ratio(amount, amount[..., -1:], np.nan)


def uplift_at_of(running: Sums, share: float) -> FloatArray:
    """The effect where the curve has come to the share of rows, between two points in proportion."""
    sums = (running.treated_outcome, running.treated, running.control_outcome, running.control)
    treated_outcome, treated, control_outcome, control = (at_share(running, amount, share) for amount in sums)
    return ratio(treated_outcome, treated, np.nan) - ratio(control_outcome, control, np.nan)


def at_share(running: Sums, amount: FloatArray, share: float) -> FloatArray:
    wanted = share * running.rows[..., -1:]
    after = np.clip((running.rows < wanted).sum(axis=-1, keepdims=True), 1, running.rows.shape[-1] - 1)
    low, high = (np.take_along_axis(running.rows, place, axis=-1) for place in (after - 1, after))
    start, end = (np.take_along_axis(amount, place, axis=-1) for place in (after - 1, after))
    part = np.clip(ratio(wanted - low, high - low), 0, 1)
    return np.asarray((start + part * (end - start))[..., 0])


def ratio(above: FloatArray, below: FloatArray, otherwise: float = 0.0) -> FloatArray:
    """Elementwise; `otherwise` where there is nothing to divide by."""
    whole = np.broadcast_to(below, np.broadcast_shapes(np.shape(above), np.shape(below)))
    return np.divide(above, whole, out=np.full(whole.shape, otherwise), where=whole != 0)
