"""Whether the test is what it claims to be, looked at before its result."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from ml.experimenting.prepared import Prepared
from ml.measuring.balance import check_balance, check_shares, holm
from ml.measuring.lift import Choices, estimate_lift

PLAIN = Choices(adjustment="none", redraws=False)


@dataclass(frozen=True)
class Check:
    """Something a sound test passes: p_value is the chance of so much or more where it does, or NaN."""

    name: str
    is_passed: bool
    p_value: float
    sentence: str
    is_checked: bool = True


def check_test(prepared: Prepared, alarm: float) -> tuple[Check, ...]:
    """Sizes of the arms, likeness of the arms, and where chances were estimated, their overlap.

    `alarm` is the p-value below which a check fails.
    """
    sizes = () if prepared.log.is_observational else (check_sizes(prepared, alarm),)
    return (*sizes, check_likeness(prepared, alarm), *check_overlap(prepared))


def check_sizes(prepared: Prepared, alarm: float) -> Check:
    """Sample-ratio mismatch: units in each arm against the chances said."""
    name = "sizes of the arms"
    if not prepared.is_probability_given:
        return Check(
            name, True, np.nan, "Nobody said how large the arms should be, so lost rows would not show.", False
        )
    if prepared.intended is not None:
        units = units_per_arm(prepared)
        shares = dict(zip(prepared.arms, prepared.intended, strict=True))
        p_value = check_shares(units, {arm: share / sum(shares.values()) for arm, share in shares.items()}).p_value
    else:
        p_value = compare_with_chances(prepared)
    said = "as many units as their chances say" if p_value >= alarm else "not as many units as their chances say"
    return Check(name, p_value >= alarm, p_value, f"The arms have {said} (p = {p_value:.3g}).")


def units_per_arm(prepared: Prepared) -> dict[str, int]:
    arm, unit = prepared.log.arm, prepared.log.unit
    return {name: len(np.unique(unit[arm == place])) for place, name in enumerate(prepared.arms)}


def compare_with_chances(prepared: Prepared) -> float:
    """Rows per arm against the sum of their chances, by unit; the smallest p-value after Holm."""
    p_values = []
    for place in range(len(prepared.arms)):
        away = (prepared.log.arm == place) - prepared.log.probability[:, place]
        by_unit = np.bincount(prepared.log.unit, away)
        p_values.append(2 * norm.sf(abs(by_unit.sum()) / np.sqrt((by_unit**2).sum())))
    return holm(np.array(p_values))


def check_likeness(prepared: Prepared, alarm: float) -> Check:
    """Whether features differ between each arm and the control more than chance allows."""
    name = "likeness of the arms"
    compare = compare_weighted if needs_weights(prepared) else compare_plain
    found = [(*compare(prepared, arm), prepared.arms[arm]) for arm in prepared.treatments]
    p_value, worst, arm = min(found, key=lambda one: one[0])
    p_value = min(1.0, p_value * len(found))
    if not worst:
        return Check(name, True, np.nan, "There is no feature that varies, so the arms cannot be compared.", False)
    is_passed = p_value >= alarm
    weighted = " after weighting" if prepared.log.is_observational else ""
    said = (
        f"The features of the arms are alike{weighted}"
        if is_passed
        else f"The features of the arms differ{weighted}, most of all {worst} in {arm}: lots were not drawn, rows "
        "were lost, or the column was measured after the treatment and must be ignored"
    )
    return Check(name, is_passed, p_value, f"{said} (p = {p_value:.3g}).")


def needs_weights(prepared: Prepared) -> bool:
    """Chances that differ between rows, or rows that share a unit, ask for more than a plain comparison."""
    differs = np.ptp(prepared.log.probability, axis=0).max() > 1e-12
    return bool(differs or len(np.unique(prepared.log.unit)) < len(prepared))


def pair(prepared: Prepared, arm: int) -> npt.NDArray[np.intp]:
    return np.flatnonzero((prepared.log.arm == arm) | (prepared.log.arm == 0))


def compare_plain(prepared: Prepared, arm: int) -> tuple[float, str]:
    rows = pair(prepared, arm)
    check = check_balance(prepared.encoded.iloc[rows], prepared.log.arm[rows] == arm)
    return check.p_value, check.worst


def compare_weighted(prepared: Prepared, arm: int) -> tuple[float, str]:
    """Each feature as if it were an outcome: weighted by the chances, clustered by unit, corrected by Holm."""
    rows, features = pair(prepared, arm), prepared.encoded
    chance = conditional_chance(prepared, arm)[rows]
    treated, unit = prepared.log.arm[rows] == arm, prepared.log.unit[rows]
    found: list[tuple[float, str]] = []
    for name in features:
        column = features[name].to_numpy(dtype=float)[rows]
        known = np.where(np.isnan(column), np.nanmean(column) if (~np.isnan(column)).any() else 0.0, column)
        lift = estimate_lift(known, treated, probability=chance, cluster=unit, choices=PLAIN)
        if lift.error > 0:
            found.append((float(2 * norm.sf(abs(lift.value) / lift.error)), str(name)))
    if not found:
        return 1.0, ""
    return holm(np.array([p_value for p_value, _ in found])), min(found)[1]


def conditional_chance(prepared: Prepared, arm: int) -> npt.NDArray[np.float64]:
    """The chance of the arm among the arm and the control, for every row."""
    own, control = prepared.log.probability[:, arm], prepared.log.probability[:, 0]
    return np.asarray(own / (own + control))


def check_overlap(prepared: Prepared) -> tuple[Check, ...]:
    """How much of the data compares like with like, where chances were estimated."""
    return tuple(
        Check(
            f"overlap of {arm}",
            overlap.clipped_rate < 0.1,
            np.nan,
            f"Chances of {arm} were estimated between {overlap.lowest:.3f} and {overlap.highest:.3f}, and "
            f"{overlap.clipped_rate:.1%} of them cut; its rows count as {overlap.treated_effective_size:,.0f} drawn by "
            f"lot, the others as {overlap.untreated_effective_size:,.0f}.",
        )
        for arm, overlap in prepared.overlap.items()
    )
