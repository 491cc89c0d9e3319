"""The allocator on a frame: names instead of codes."""

import numpy as np
import pandas as pd
import pytest

from ml.allocation import AT_LEAST, InfeasibleLimits, Limit, Terms, Together, allocate_frame
from warehouse.errors import BadInput

PAIRS = pd.DataFrame(
    {
        "customer": ["ann", "ann", "bob", "bob", "cleo"],
        "offer": ["tea", "jam", "tea", "jam", "tea"],
        "campaign": ["spring", "spring", "spring", "spring", None],
        "value": [3.0, 2.0, 4.5, 1.0, 5.0],
        "clearing": [0.0, 5.0, 0.0, 9.0, 0.0],
        "cost": [1.0, 1.0, 2.0, 1.0, 9.0],
        "left": [1, 1, 2, 2, 1],
    },
    index=[10, 11, 12, 13, 14],
)


def test_budgets_by_name_and_what_belongs_to_none_is_free() -> None:
    result = allocate_frame(PAIRS, Terms([Limit({"spring": 2.0}, per="campaign")]))
    assert result.chosen.index.tolist() == [12, 14]
    row = result.limits.iloc[0]
    assert (row["label"], row["used"], row["limit"]) == ("cost per campaign spring", 2.0, 2.0)
    assert row["shadow_price"] > 0
    assert result.gap == 0


def test_weights_say_what_is_wanted() -> None:
    terms = Terms(offers_per_customer=1, weights={"value": 1.0, "clearing": 1.0})
    assert allocate_frame(PAIRS, terms).chosen.index.tolist() == [11, 13, 14]


def test_rules_and_counts() -> None:
    terms = Terms([Limit(1, per="offer", usage=None)], [Together("campaign", "left")], offers_per_customer=2)
    assert allocate_frame(PAIRS, terms).chosen.index.tolist() == [11, 14]
    assert len(allocate_frame(PAIRS, Terms(rules=[Together("campaign", "left")], offers_per_customer=2)).chosen) == 4


def test_a_minimum_of_an_offer_nobody_could_get_is_named() -> None:
    with pytest.raises(InfeasibleLimits, match="offers per offer soap at least 1 cannot be met"):
        allocate_frame(PAIRS, Terms([Limit({"soap": 1.0}, per="offer", usage=None, sense=AT_LEAST)]))


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(BadInput, match="lacks the columns budget, scope"):
        allocate_frame(PAIRS, Terms([Limit(1.0, usage="budget")], [Together("scope")]))


def test_nothing_to_choose_from_is_nothing_chosen() -> None:
    result = allocate_frame(PAIRS.iloc[:0], Terms([Limit(1.0)]))
    assert (len(result.chosen), result.value, result.gap) == (0, 0.0, 0.0)
    assert np.isfinite(result.limits["used"]).all()
