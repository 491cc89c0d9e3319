"""Days that Airflow backfills are the same tables as days run one by one.

That holds for both days in test_faults.py too, where the second day is killed again and again on its way.
"""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.end_to_end import way
from tests.end_to_end.conftest import Shop, enter

pytestmark = pytest.mark.integration

# Stages after publishing are in the next day's file only.
GROWS_AFTERWARDS = {"run_stages"}


def rows_until(published: dict[str, pa.Table], shop: Shop) -> dict[str, pa.Table]:
    """The tables as they were on the first day; those without days (the models) as they are."""
    return {
        name: table.filter(pc.equal(table["day"], shop.first_day)) if "day" in table.column_names else table
        for name, table in published.items()
        if name not in GROWS_AFTERWARDS
    }


def test_backfilled_first_day_is_what_it_gives_alone(
    shop: Shop, backfilled: dict[str, pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(shop, shop.after_first_day, monkeypatch)
    alone = way.published()
    assert alone["user_promotions"].num_rows > 0
    assert way.differences(rows_until(backfilled, shop), rows_until(alone, shop)) == []


def test_backfill_runs_both_days(shop: Shop, backfilled: dict[str, pa.Table]) -> None:
    assert backfilled["runs"]["day"].to_pylist() == [shop.first_day, shop.second_day]
