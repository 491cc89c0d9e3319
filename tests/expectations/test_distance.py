"""The distance of a drawn share from its rate: alarms at 4 are as rare as they claim, also with few customers."""

from math import comb

import duckdb
import pytest

from expectations.decisions import distance

RATE = 0.05


def measure(drawn: int, customers: int, rate: float = RATE) -> float | None:
    draws = f"select number < {drawn} as is_drawn from range({customers}) as numbers(number)"
    [(_, value)] = duckdb.sql(distance(draws, rate)).fetchall()
    return None if value is None else float(value)


def chance(drawn: int, customers: int) -> float:
    return comb(customers, drawn) * RATE**drawn * (1 - RATE) ** (customers - drawn)


@pytest.mark.parametrize("customers", [10, 30, 100, 400])
def test_a_fair_draw_raises_an_alarm_less_than_once_in_ten_thousand(customers: int) -> None:
    values = {drawn: measure(drawn, customers) for drawn in range(min(customers, 60) + 1)}
    alarms = [drawn for drawn, value in values.items() if value is not None and value > 4]
    assert alarms
    assert sum(chance(drawn, customers) for drawn in alarms) < 1e-4


def test_nobody_drawn_of_many_is_an_alarm() -> None:
    assert measure(0, 2462) == pytest.approx(0.05 / (0.05 * 0.95 / 2462) ** 0.5)


def test_fewer_may_be_drawn_where_money_can_run_out() -> None:
    draws = "select number < 0 as is_drawn from range(2462) as numbers(number)"
    assert duckdb.sql(distance(draws, RATE, may_be_fewer=True)).fetchall() == [("", 0)]


def test_without_a_lottery_one_exception_is_a_breach() -> None:
    assert measure(0, 100, rate=0.0) == 0
    assert measure(1, 100, rate=0.0) is None
