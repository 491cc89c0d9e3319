"""Drift by hand: the population stability index of a feature whose distribution is known."""

from math import log
from pathlib import Path

import pytest

from expectations.drift import measure_drift
from expectations.features import drift
from expectations.outcomes import observe
from expectations.run import find_run
from tests.expectations.small_shop import DAY
from warehouse import tables
from warehouse.connection import writing


def statistic(name: str, column: str) -> dict[str, float]:
    sql = "select current, previous from ml.drift where statistic = $name and column_name = $column and day = $day"
    [row] = tables.read(sql, {"name": name, "column": column, "day": DAY}).to_pylist()
    return dict(row)


def change(sql: str) -> None:
    with writing() as connection:
        connection.execute(f"update features.customers set {sql} and day = date '{DAY}'")
    measure_drift(find_run("features", DAY))


def test_same_values_have_not_drifted(shop: Path) -> None:
    change("trend = trend where true")
    drifted = "statistic = 'population_stability_index' and current <> 0 or current <> previous"
    assert tables.read(f"from ml.drift where {drifted}").num_rows == 0


def test_index_sums_over_bins_of_the_previous_run(shop: Path) -> None:
    """orders_last_7_days is 0 or 1 for 20 customers each; 10 of the idle ones become active."""
    change("orders_last_7_days = 1 where orders_last_7_days = 0 and customer_id < 'c28'")
    now = tables.read(f"select sum(orders_last_7_days) as active from features.customers where day = date '{DAY}'")
    active = int(now.to_pylist()[0]["active"])
    shares = [(40 - active + 0.5) / 41, (active + 0.5) / 41]
    expected = sum((share - 0.5) * log(share / 0.5) for share in shares)
    assert expected > 0.1
    assert statistic("population_stability_index", "orders_last_7_days")["current"] == pytest.approx(expected, rel=1e-5)


def test_null_rate_and_mean_of_both_runs(shop: Path) -> None:
    change("coupon_share_rate = if(customer_id < 'c2', null, 0.25) where true")
    missing = statistic("null_rate", "coupon_share_rate")
    assert missing["previous"] == 0
    assert 0 < missing["current"] < 1
    assert statistic("mean", "coupon_share_rate") == {"current": 0.25, "previous": 0.5}


def test_words_have_a_null_rate_only(shop: Path) -> None:
    change("trend = trend where true")
    known = tables.read("select statistic from ml.drift where column_name = 'preferred_part_of_day'")
    assert [row["statistic"] for row in known.to_pylist()] == ["null_rate"]


@pytest.mark.parametrize(("copies_of", "is_passed"), [("number % 5 < 2", True), ("true", False)])
def test_growth_with_the_history_of_a_young_shop_is_no_growth(copies_of: str, is_passed: bool, shop: Path) -> None:
    """The shop is 40 days old and the previous run a week back: rows may grow by 40 / 33 before growth counts."""
    with writing() as connection:
        connection.execute(f"""
            insert into features.interactions
            select * exclude (number) from (
                select *, row_number() over (order by customer_id, product_id) as number
                from features.interactions where day = date '{DAY}'
            )
            where {copies_of}
        """)
    run = find_run("features", DAY)
    measure_drift(run)
    [volume] = [outcome for outcome in observe(drift(run)) if outcome.rule.code == "FEA-15"]
    assert volume.is_passed is is_passed
