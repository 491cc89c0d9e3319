"""Whether chance drew the arms as intended: how many are in each, and how alike they are.

A check that runs every day would cry wolf every three weeks at the usual 5 %: `daily_threshold` gives the p-value below
which a year of days alarms as rarely as wished.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binomtest, chi2, norm, rankdata

from ml.measuring.adjustment import BoolArray, FloatArray

LEAST_EXPECTED = 20
DAYS_PER_YEAR = 365


@dataclass(frozen=True)
class ShareCheck:
    """Units in each arm against the intended shares; `observed` is the share that strayed most, `intended` its own."""

    p_value: float
    arm: str
    observed: float
    intended: float
    method: str


@dataclass(frozen=True)
class BalanceCheck:
    """`p_value` of all covariates together; the one that differs most with its difference in standard deviations."""

    p_value: float
    worst: str
    worst_difference: float
    worst_p_value: float
    differences: Mapping[str, float]
    method: str


def daily_threshold(alarms_per_year: float, checks_per_day: int = 1) -> float:
    """The p-value below which daily checks of a fair lottery alarm `alarms_per_year` times a year on average.

    Holds however the checks of different days hang together, because it is the expected number that is bounded.

    >>> round(daily_threshold(0.1, checks_per_day=2), 6)
    0.000137
    """
    return alarms_per_year / (DAYS_PER_YEAR * checks_per_day)


def check_shares(counts: Mapping[str, int], shares: Mapping[str, float]) -> ShareCheck:
    """Sample-ratio mismatch: units per arm against the intended shares (which sum to 1; an arm may be without units).

    Pearson's chi-square; where an arm expects few units the exact binomial test of every arm, with Bonferroni's
    correction for more than two. A p-value of 1 without any unit. Source: Fabijan et al. 2019, KDD. Raises ValueError
    where an arm has no share or the shares do not sum to 1.

    >>> check_shares({"treatment": 950, "holdout": 50}, {"treatment": 0.95, "holdout": 0.05}).p_value
    1.0
    >>> check_shares({"treatment": 1000, "holdout": 10}, {"treatment": 0.95, "holdout": 0.05}).p_value < 1e-6
    True
    """
    if set(counts) - set(shares) or abs(sum(shares.values()) - 1) > 1e-9:
        raise ValueError("every arm needs an intended share, and the shares must sum to 1")
    if strangers := [name for name, count in counts.items() if count and not shares[name]]:
        return ShareCheck(0.0, strangers[0], np.nan, 0.0, "an arm that should be empty has units")
    names = [name for name in shares if shares[name] > 0]
    found = np.array([counts.get(name, 0) for name in names], dtype=float)
    share = np.array([shares[name] for name in names])
    if not found.sum():
        return ShareCheck(1.0, "", np.nan, np.nan, "nobody was assigned")
    away = np.abs(found / found.sum() - share) / np.sqrt(share * (1 - share) + 1e-12)
    worst = int(away.argmax())
    p_value, method = compare_shares(found, share)
    return ShareCheck(p_value, names[worst], float(found[worst] / found.sum()), float(share[worst]), method)


def compare_shares(found: FloatArray, share: FloatArray) -> tuple[float, str]:
    total = found.sum()
    expected = total * share
    if len(found) > 1 and expected.min() < LEAST_EXPECTED:
        pairs = zip(found, share, strict=True)
        smallest = min(binomtest(int(units), int(total), float(rate)).pvalue for units, rate in pairs)
        return min(1.0, float(smallest) * (1 if len(found) == 2 else len(found))), "exact binomial"
    statistic = float(((found - expected) ** 2 / expected).sum())
    return float(chi2.sf(statistic, len(found) - 1)) if len(found) > 1 else 1.0, "chi-square"


def check_balance(covariates: pd.DataFrame, treated: npt.ArrayLike) -> BalanceCheck:
    """Whether covariates known before the draw (one row per unit; numbers, or categories) differ more than by chance.

    `differences` are of means, in pooled standard deviations (Austin 2009); the tests are on midranks, so that a few
    enormous baskets do not make their tails wrong: all columns at once by the omnibus of Hansen and Bowers 2008,
    Statistical Science 23(2), eq. (9), each column by Wilcoxon's with Holm's correction. A p-value of 1 where an arm
    has fewer than two units or nothing varies.

    >>> check = check_balance(pd.DataFrame({"spend": [1.0, 2.0, 3.0, 4.0]}), [True, False, False, True])
    >>> check.worst, check.worst_difference, check.p_value
    ('spend', 0.0, 1.0)
    """
    arms = np.asarray(treated, dtype=bool)
    columns = as_numbers(covariates)
    varying = columns.loc[:, columns.nunique() > 1]
    if min(arms.sum(), (~arms).sum()) < 2 or varying.empty:
        return BalanceCheck(1.0, "", np.nan, 1.0, {}, "nothing to compare")
    ranks = np.column_stack([rankdata(varying[name]) for name in varying])
    p_value, singles = compare_ranks(ranks, arms)
    differences = standardise(varying.to_numpy(dtype=float), arms)
    worst = int(singles.argmin())
    named = {str(name): float(value) for name, value in zip(varying, differences, strict=True)}
    method = f"{len(named)} columns: omnibus of Hansen and Bowers, Wilcoxon with Holm"
    return BalanceCheck(p_value, str(varying.columns[worst]), float(differences[worst]), holm(singles), named, method)


def as_numbers(covariates: pd.DataFrame) -> pd.DataFrame:
    """Categories as one column per value, a missing number as the median with a column that says it was missing."""
    columns: dict[str, pd.Series[float]] = {}
    for name in map(str, covariates):
        column = covariates[name]
        if pd.api.types.is_numeric_dtype(column):
            number = column.astype(float)
            columns |= {name: number.fillna(number.median()), f"{name} is missing": number.isna().astype(float)}
        else:
            columns |= {f"{name} = {value}": (column == value).astype(float) for value in column.dropna().unique()}
            columns[f"{name} is missing"] = column.isna().astype(float)
    return pd.DataFrame(columns, index=covariates.index)


def compare_ranks(ranks: FloatArray, treated: BoolArray) -> tuple[float, FloatArray]:
    """p-values of all columns together and of each, from the moments of the random draw itself."""
    count, in_treated = len(ranks), int(treated.sum())
    away = ranks[treated].mean(axis=0) - ranks[~treated].mean(axis=0)
    covariance = np.atleast_2d(np.cov(ranks.T)) * count / (in_treated * (count - in_treated))
    rank = int(np.linalg.matrix_rank(covariance))
    statistic = float(away @ np.linalg.pinv(covariance, hermitian=True) @ away)
    singles = 2 * norm.sf(np.abs(away) / np.sqrt(np.diag(covariance)))
    return float(chi2.sf(statistic, rank)), np.asarray(singles, dtype=float)


def standardise(columns: FloatArray, treated: BoolArray) -> FloatArray:
    """Difference of the arms' means per column in pooled standard deviations; 0 where neither arm varies."""
    away = columns[treated].mean(axis=0) - columns[~treated].mean(axis=0)
    deviation = np.sqrt((columns[treated].var(axis=0, ddof=1) + columns[~treated].var(axis=0, ddof=1)) / 2)
    return np.divide(away, deviation, out=np.zeros_like(away), where=deviation > 0)


def holm(p_values: FloatArray) -> float:
    """Smallest p-value after Holm's correction (Holm 1979)."""
    return float(min(1.0, p_values.min() * len(p_values)))
