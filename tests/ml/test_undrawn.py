"""Campaigns over which nobody drew lots: a number by hand, labelled as the weaker thing it is."""

import pandas as pd
import pytest

from ml.measuring.campaigns import Setting, summarise_campaigns
from ml.measuring.undrawn import compare_undrawn
from tests.ml.drawn_units import READING


def spends(others: int = 3) -> pd.DataFrame:
    """Three exposed customers who spend 4, 5 and 6 more; the others 1, 2 and 3 more."""
    rows = [("C", f"s{n}", True, 10.0 + n, 10.0 + n, 14.0 + 2 * n) for n in range(3)]
    rows += [("C", f"o{n}", False, 8.0 + n, 8.0 + n, 9.0 + 2 * n) for n in range(others)]
    return pd.DataFrame(rows, columns=["campaign_id", "customer_id", "is_shown", "earlier", "before", "after"])


def test_the_change_of_the_exposed_less_that_of_the_others() -> None:
    (row,) = compare_undrawn(spends(), READING).to_dict("records")
    assert row["value"] == pytest.approx(5 - 2)
    assert row["total"] == pytest.approx(3 * (5 - 2))
    assert row["is_observational"]
    assert "difference in differences" in row["method"]


def test_without_others_it_is_their_own_change() -> None:
    (row,) = compare_undrawn(spends(others=0), READING).to_dict("records")
    assert row["value"] == pytest.approx(5)
    assert "before and after" in row["method"]


def test_a_campaign_says_that_its_lift_is_observational() -> None:
    responses = pd.DataFrame(
        {"campaign_id": ["C"], "exposed_customers": [3], "redeeming_customers": [1], "redemption_count": [1],
         "discount_cost": [1.0], "unrecorded_count": [0], "is_over": [True], "is_followed_up": [True]}
    )  # fmt: skip
    effects = compare_undrawn(spends(), READING)
    result = summarise_campaigns(responses, effects, Setting(is_replay=True, confidence=0.95)).iloc[0]
    assert result["lift"] == pytest.approx(3.0)
    assert result["is_observational"]
    assert "observational" in result["method"]
    assert "Nobody drew lots" in result["caveat"]
    assert pd.isna(result["earned"])
