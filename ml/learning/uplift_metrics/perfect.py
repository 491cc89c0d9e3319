"""What a perfect ranking would reach: the 1 of the Qini coefficient and of AUUC.

Nobody sees a row both treated and untreated, so what a perfect ranking would reach is not in the data. What the data do
hold is how outcomes are spread among the treated and among the control. The best any ranking of customers could reach
with these two spreads is that of a test in which those who would do best treated are those who would do worst untreated
(counter-monotone potential outcomes: Hoeffding 1940; Fan and Park 2010, Econometric Theory 26, for effects).
For a binary outcome this is a customer base of p1 who buy because of the treatment and p0 who do not because of it: a
model that knows both sorts reaches it. For counts and amounts it also asks of the ranking to foresee every basket, so
that values far below 1 are usual: compare them within a test, not between tests of different outcomes.
"""

import numpy as np

from ml.learning.uplift_metrics.held_out import FloatArray, HeldOut, add_by_place


def perfect_area(rows: HeldOut) -> float:
    """Area over a draw by lot of the best ranking that the two spreads of outcomes allow, in the outcome's unit.

    A quarter of Gini's mean difference of the treated plus that of the control (E|Y-Y'|): with a binary outcome
    (p1 (1-p1) + p0 (1-p0)) / 2. 0 where the outcome never varies within an arm.

    >>> perfect_area(HeldOut.of([0] * 4, [1, 1, 0, 0], [1, 0, 0, 0])) == (1/2 * 1/2) / 2
    True
    """
    return spread(rows.outcome, rows.treated_weight) + spread(rows.outcome, rows.control_weight)


def spread(outcome: FloatArray, weight: FloatArray) -> float:
    """A quarter of the weighted Gini mean difference, which is the covariance of the outcome and its rank.

    >>> spread(np.array([0.0, 1.0]), np.ones(2)), spread(np.array([3.0, 3.0]), np.ones(2))
    (0.125, 0.0)
    """
    distinct, place = np.unique(outcome, return_inverse=True)
    return float(spread_of(distinct, add_by_place(place, weight, len(distinct))))


def spread_of(distinct: FloatArray, weight: FloatArray) -> FloatArray:
    """The same from the weight of each distinct outcome, lowest first; the last axis counts the outcomes."""
    share = weight / weight.sum(axis=-1, keepdims=True)
    rank = np.cumsum(share, axis=-1) - share / 2
    return np.asarray((share * distinct * (rank - 0.5)).sum(axis=-1))


def hindsight_score(rows: HeldOut) -> FloatArray:
    """Radcliffe's optimum: treated rows by their outcome first, control rows by theirs last, each over its chance.

    It knows who was treated and what came of it, which no score of customers can.

    >>> hindsight_score(HeldOut.of([0] * 4, [1, 1, 0, 0], [1, 0, 0, 1])).tolist()
    [2.0, 0.0, 0.0, -2.0]
    """
    return np.where(rows.treated, rows.outcome / rows.probability, 0.0 - rows.outcome / (1 - rows.probability))
