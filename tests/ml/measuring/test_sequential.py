import numpy as np
import pytest

from ml.measuring.lift import estimate_lift
from ml.measuring.sequential import always_valid, boundary, mixture_width


def looks(seed, always, days=56, per_day=40):
    """Whether any of the daily looks at a world without an effect finds one."""
    random = np.random.default_rng(seed)
    outcome, treated = random.normal(size=days * per_day), random.random(days * per_day) < 0.5
    for day in range(3, days + 1):
        seen = estimate_lift(outcome[: day * per_day], treated[: day * per_day])
        seen = always_valid(seen, planned_count=days * per_day) if always else seen
        if seen.is_significant:
            return True
    return False


def test_daily_looks_mislead_only_without_it():
    assert np.mean([looks(seed, always=True) for seed in range(60)]) <= 0.05
    assert np.mean([looks(seed, always=False) for seed in range(60)]) > 0.12


def test_the_boundary_is_tightest_where_planned():
    width = mixture_width(1000, 0.05)
    widths = [boundary(count, width, 0.05) / np.sqrt(count) for count in (1000, 2000)]
    assert boundary(1000, width, 0.05) < min(
        boundary(1000, mixture_width(other, 0.05), 0.05) for other in (300, 700, 1500, 4000)
    )
    assert widths[1] < widths[0]


def test_few_units_say_nothing_yet():
    lift = always_valid(estimate_lift(np.arange(60.0), np.arange(60) < 20), 1000)
    assert (lift.low, lift.high) == (-np.inf, np.inf)
    assert "not before" in lift.method


def test_a_plan_of_nothing_is_refused():
    with pytest.raises(ValueError, match="positive"):
        always_valid(estimate_lift(np.arange(6.0), np.arange(6) < 3), 0)
