"""What is only bought earlier: measured from lots by hand, and drawn into what deciding assumes."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ml import parameters
from ml.deciding import pull_forward
from ml.deciding.pull_forward import ASSUMED, MEASURED, decide_terms, estimate_rate, read_pull_forward
from ml.measuring.pull_forward import measure_pull_forward
from tests.ml.drawn_units import READING, units
from tests.ml.reported_day import write
from warehouse.connection import writing

DAY, BEFORE = date(2025, 12, 10), date(2025, 12, 9)
TERMS = SimpleNamespace(pull_forward_rate=0.2, pull_forward_error=0.1)


def followed(lost: float, count: int = 200, **changes: object) -> pd.DataFrame:
    """Who is shown brings 1 of margin more and loses `lost` of it in the days after; both with noise."""
    noise = np.random.default_rng(2).normal(0, 0.1, 2 * count)
    drawn = units([12.0] * count, [8.0] * count)
    after = np.where(drawn["is_shown"], -lost, 0.0) + noise
    return drawn.assign(margin_in_scope=drawn["margin_in_scope"] + noise[::-1], followup_margin=after, **changes)


def measured(value: float, reach: float) -> pd.DataFrame:
    ends = {"measured_low": [value - reach], "measured_high": [value + reach]}
    return pd.DataFrame({"measured_on": [BEFORE], "measured_rate": [value]} | ends)


def test_the_share_is_what_is_lost_after_by_what_was_gained_before() -> None:
    (row,) = measure_pull_forward(followed(0.3), READING).to_dict("records")
    assert row["value"] == pytest.approx(0.3, abs=0.03)
    assert row["low"] < 0.3 < row["high"]
    assert (row["origin"], row["level"], row["arm"], row["quantity"]) == ("platform", "all", "all", "pull_forward_rate")


def test_only_the_platforms_own_lots_whose_days_after_are_over_count() -> None:
    both = pd.concat([followed(0.3), followed(0.9, is_followed_up=False)], ignore_index=True)
    assert measure_pull_forward(both, READING)["value"].item() == pytest.approx(0.3, abs=0.03)
    assert measure_pull_forward(followed(0.9, is_followed_up=False), READING).empty
    assert measure_pull_forward(followed(0.9, origin="shop"), READING).empty
    assert measure_pull_forward(followed(0.9, offer_id="A"), READING).empty


def test_the_more_is_known_the_less_is_assumed() -> None:
    vague, sure = (estimate_rate(measured(0.5, reach), TERMS, 0.95).iloc[0] for reach in (2.0, 0.002))
    assert 0.2 < vague["rate"] < 0.21
    assert sure["rate"] == pytest.approx(0.5, abs=0.001)
    assert sure["rate_error"] < vague["rate_error"] < 0.1
    assert estimate_rate(measured(-0.9, 0.01), TERMS, 0.95)["rate"].item() == 0.0
    assert estimate_rate(measured(1.9, 0.01), TERMS, 0.95)["rate"].item() == 1.0


def effect(day: date, value: float, **facts: object) -> dict[str, object]:
    key = {"origin": "platform", "level": "all", "arm": "all", "quantity": "pull_forward_rate", "day": day}
    return key | {"value": value, "low": value - 0.01, "high": value + 0.01} | facts


def test_a_day_decides_by_the_newest_measurement_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    with writing():
        pass
    assert read_pull_forward(DAY)["basis"].item() == ASSUMED
    assert decide_terms(DAY).pull_forward_rate == parameters.load().decide.pull_forward_rate
    rows = [
        effect(DAY, 0.9),  # known only when the day has been decided
        effect(BEFORE, 0.5),
        effect(date(2025, 12, 8), 0.7),
        effect(BEFORE, 0.6, origin="shop"),
        effect(BEFORE, 0.8, quantity="followup_margin"),
    ]
    write("ml.measured_effects", pd.DataFrame(rows))
    found = read_pull_forward(DAY)
    assert (found["basis"].item(), found["measured_rate"].item()) == (MEASURED, 0.5)
    assert decide_terms(DAY).pull_forward_rate == found["rate"].item() == pytest.approx(0.5, abs=0.01)
    assert decide_terms(DAY).message_cost == parameters.load().decide.message_cost


def test_an_interval_that_the_data_leave_open_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    write("ml.measured_effects", pd.DataFrame([effect(BEFORE, 0.5, low=None)]))
    assert read_pull_forward(DAY)["basis"].item() == pull_forward.ASSUMED
