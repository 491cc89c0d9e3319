"""The page about a test: what it showed first, then whether to trust it, then every number."""

import numpy as np
import pandas as pd

from ml.experimenting.average import ArmEffect
from ml.experimenting.checks import Check
from ml.experimenting.finding import Candidate, Finding, number, one_range, signed
from ml.experimenting.plots import effect_bins, uplift_lines
from ml.experimenting.ranking import ArmRanking
from ml.learning.uplift_metrics import Curve
from ml.measuring.intervals import Estimate
from ml.reporting.charts import points_with_range
from ml.reporting.page import Block, Dots, Figure, Group, Mark, Part, Report, Section, Table, Tile
from ml.reporting.words import count, listing, plural, share

DOTS = 100
POINTS = 60  # of a curve; more cannot be seen
TONES = ("third", "second", "accent", "fourth", "fifth", "sixth")
LABEL = "Observational"


def describe(finding: Finding, source: str) -> Report:
    """The report of a finding; `source` says in words where the rows came from."""
    return Report(
        title=f"What {finding.treatment} changed",
        subtitle=f"{plural(finding.row_count, 'row')} of {source}; outcome: {finding.outcome}.",
        summary=finding.sentences,
        people=policy_dots(finding),
        tiles=tiles(finding),
        sections=(
            about_effects(finding),
            about_checks(finding),
            *(about_ranking(finding, one) for one in finding.rankings),
            about_candidates(finding),
        ),
        provenance=provenance(finding),
        eyebrow="Promolift · randomised test" if not finding.is_observational else f"Promolift · {LABEL.lower()} study",
    )


def policy_dots(finding: Finding) -> Dots:
    policy = finding.policy
    dots = apportion(np.array(list(policy.shares.values())))
    parts = tuple(
        Part(
            arm, share(policy.shares[arm]), int(dots[place]), "quiet" if place == 0 else TONES[(place - 1) % len(TONES)]
        )
        for place, arm in enumerate(policy.shares)
    )
    return Dots(
        "Each dot stands for one row in a hundred", f"Who gets which arm under the policy: {policy.name}", parts
    )


def apportion(shares: np.ndarray) -> np.ndarray:
    """Whole dots that add up to a hundred, the largest remainders rounded up.

    >>> apportion(np.array([1 / 3, 2 / 3])).tolist()
    [33, 67]
    """
    exact = shares / shares.sum() * DOTS
    dots = np.floor(exact).astype(int)
    dots[np.argsort(dots - exact, kind="stable")[: DOTS - dots.sum()]] += 1
    return dots


def tiles(finding: Finding) -> tuple[Tile, ...]:
    policy, tone = finding.policy, "" if finding.is_sound else "bad"
    best = max(finding.effects, key=lambda one: abs(one.effect.value))
    checked = [one for one in finding.checks if one.is_checked]
    passed = sum(one.is_passed for one in checked)
    budget = "" if policy.budget is None else f" of {number(policy.budget)}"
    return (
        Tile("Largest effect per row", signed(best.effect.value), f"{best.arm}, {spread(finding, best.effect)}"),
        Tile("Policy earns per row", signed(policy.value.value), spread(finding, policy.value)),
        Tile("Policy costs", f"{number(policy.cost)}{budget}", "for all rows"),
        Tile("Checks of the test", f"{passed} of {len(checked)} passed", unchecked(finding), tone),
    )


def unchecked(finding: Finding) -> str:
    names = [one.name for one in finding.checks if not one.is_checked]
    return f"not checked: {listing(names)}" if names else ""


def spread(finding: Finding, estimate: Estimate) -> str:
    label = f" · {LABEL.lower()}" if finding.is_observational else ""
    return one_range(estimate, finding.confidence) + label


def about_effects(finding: Finding) -> Section:
    frame = pd.DataFrame([effect_row(one) for one in finding.effects])
    head = ("Arm", "Units", "Effect per row", "Interval", "Without", "Cost", "Earns per row", "Interval ", "Method")
    rows = tuple(effect_cells(one) for one in finding.effects)
    several = " Intervals hold for all arms together." if len(finding.effects) > 1 else ""
    figure = Figure(
        title="Average effect of each arm",
        text=f"Change of {finding.outcome} per row against {finding.arms[0]}.{several}",
        spec=points_with_range(frame, f"change of {finding.outcome} per row", "~g", 0.0),
        numbers=Table(head, rows, "Average effects", frozenset({1, 2, 3, 4, 5, 6, 7})),
        note=LABEL if finding.is_observational else "",
        is_wide=True,
    )
    return Section("effects", "What the arms changed", finding.tell_effect(), (figure,))


def effect_row(one: ArmEffect) -> dict[str, object]:
    estimate = one.effect
    tone = "quiet" if not one.is_shown else "accent" if estimate.value > 0 else "bad"
    return {
        "label": one.arm,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "text": f"{signed(estimate.value)} ({number(estimate.low)} to {number(estimate.high)})",
        "tone": tone,
    }


def effect_cells(one: ArmEffect) -> tuple[str, ...]:
    effect, net = ((signed(e.value), f"{number(e.low)} to {number(e.high)}") for e in (one.effect, one.net))
    return (one.arm, count(one.units), *effect, number(one.control_mean), number(one.cost), *net, one.method)


def about_checks(finding: Finding) -> Section:
    rows = tuple((one.name, check_mark(one), one.sentence) for one in finding.checks)
    takeaway = (
        "Nothing speaks against the test." if finding.is_sound else "Do not trust the numbers before this is explained."
    )
    explanation = f"Chances of the arms: {finding.chances}."
    return Section(
        "checks",
        "Whether to trust it",
        takeaway,
        (Table(("Check", "Result", "What was seen"), rows, "Checks"),),
        explanation,
    )


def check_mark(one: Check) -> Mark:
    if one.is_checked:
        return Mark("passed", "good") if one.is_passed else Mark("failed", "bad")
    return Mark("not checked", "warn")


def about_ranking(finding: Finding, one: ArmRanking) -> Section:
    slope = one.calibration.slope
    takeaway = (
        "Customers foreseen to gain more did gain more: "
        f"slope {number(slope.value)} ({one_range(slope, finding.confidence)})."
        if one.is_shown
        else "No difference between customers is shown; the average effect is all that is known."
    )
    anchor = f"ranking-{finding.arms.index(one.arm)}"
    blocks: tuple[Block, ...] = (
        Group(f"{one.arm} against {finding.arms[0]}", takeaway, (curve_figure(finding, one), bins_figure(one))),
        metrics_table(one),
    )
    explanation = "Every row is judged by effects that were learned without it."
    return Section(anchor, f"Whom {one.arm} moves", takeaway, blocks, explanation)


def curve_figure(finding: Finding, one: ArmRanking) -> Figure:
    frame = thinned(one.curve)
    qini = one.metrics["qini"]
    rows = tuple((share(x), number(y)) for x, y in zip(frame["share"], frame["gained"], strict=True))
    return Figure(
        title="Uplift curve",
        text=f"Qini {number(qini.value)} ({one_range(qini, finding.confidence)}); the dashed line is a draw by lot",
        spec=uplift_lines(frame, frame.iloc[[0, -1]], f"extra {finding.outcome} per row"),
        numbers=Table(("Share treated", "Extra outcome per row"), rows, "Uplift curve", frozenset({0, 1})),
    )


def thinned(curve: Curve) -> pd.DataFrame:
    """The curve at evenly spaced shares, its ends kept."""
    at = np.linspace(0, 1, POINTS + 1)
    gained = np.interp(at, curve.share, curve.gained)
    texts = [f"{share(x)} treated: {signed(y)}" for x, y in zip(at, gained, strict=True)]
    return pd.DataFrame({"share": at, "gained": gained, "text": texts})


def bins_figure(one: ArmRanking) -> Figure:
    found = one.calibration
    texts = [f"predicted {number(b.predicted)}, estimated {number(b.estimated)}" for b in found.bins]
    frame = pd.DataFrame([vars(bin_) for bin_ in found.bins]).assign(text=texts)
    rows = tuple(
        (number(b.predicted), number(b.estimated), number(b.low), number(b.high), count(b.rows)) for b in found.bins
    )
    return Figure(
        title="Predicted and estimated effects",
        text=f"Typical error of a bin {number(found.error)}, noise taken off; on the dashed line they agree",
        spec=effect_bins(frame, "predicted effect per row", "estimated effect per row"),
        numbers=Table(("Predicted", "Estimated", "Low", "High", "Rows"), rows, "Bins of effects", frozenset(range(5))),
    )


def metrics_table(one: ArmRanking) -> Table:
    rows = tuple(
        (metric_name(name), number(value.value), f"{number(value.low)} to {number(value.high)}")
        for name, value in one.metrics.items()
    )
    return Table(("Metric", "Value", "Interval"), rows, f"How well {one.arm} is targeted", frozenset({1, 2}))


def metric_name(name: str) -> str:
    """
    >>> metric_name("qini"), metric_name("uplift_at_30")
    ('Qini (0 by lot, 1 perfect)', 'Effect among the best 30%')
    """
    known = {
        "qini": "Qini (0 by lot, 1 perfect)",
        "auuc": "AUUC (0 by lot, 1 perfect)",
        "cost_area_over_random": "Area of the cost curve over a draw by lot",
    }
    return known.get(name) or f"Effect among the best {name.removeprefix('uplift_at_')}%"


def about_candidates(finding: Finding) -> Section:
    frame = pd.DataFrame([candidate_row(finding, one) for one in finding.candidates])
    rows = tuple(candidate_cells(one) for one in finding.candidates)
    head = ("Candidate", "Earns per row", "Interval", "Treats", "Error against no effect", "Chosen by parts")
    figure = Figure(
        title="What each candidate's policy earns",
        text="Currency per row more than treating nobody, and the share it treats, on rows not learned from.",
        spec=points_with_range(frame, "earned per row", "~g", 0.0),
        numbers=Table(head, rows, "Candidates", frozenset({1, 2, 3, 4, 5})),
        note=LABEL if finding.is_observational else "",
        is_wide=True,
    )
    return Section("candidates", "Who decides best", finding.tell_policy(), (figure,))


def candidate_row(finding: Finding, one: Candidate) -> dict[str, object]:
    text = f"{signed(one.value.value)} · {share(one.treated)}"
    tone = "accent" if one.name == finding.policy.winner else "quiet"
    return {
        "label": one.name,
        "value": one.value.value,
        "low": one.value.low,
        "high": one.value.high,
        "text": text,
        "tone": tone,
    }


def candidate_cells(one: Candidate) -> tuple[str, ...]:
    value = one.value
    parts = f"{one.folds}"
    return (
        one.name,
        signed(value.value),
        f"{number(value.low)} to {number(value.high)}",
        share(one.treated),
        signed(one.risk),
        parts,
    )


def provenance(finding: Finding) -> tuple[tuple[str, str], ...]:
    return (
        ("Rows", count(finding.row_count)),
        ("Units", count(finding.unit_count)),
        ("Control", finding.arms[0]),
        ("Chances", finding.chances),
    )
