"""Every rule holds in the small shop and breaks alone when the one thing it watches is broken."""

from datetime import timedelta
from pathlib import Path

import pytest

from expectations.gate import PREPARATIONS, SUITES
from expectations.outcomes import Outcome, observe
from expectations.rules import CRITICAL, GATES, RULES, WARNING, as_markdown, by_code
from expectations.run import find_run
from expectations.scores import NOT_LEARNED
from tests.expectations.breaks import BREAKS, IMPLIED, NEW, NEWEST
from tests.expectations.small_shop import DAY, write_files
from warehouse.connection import writing


def look_at(gate: str) -> list[Outcome]:
    run = find_run(gate, DAY)
    if gate in PREPARATIONS:
        PREPARATIONS[gate](run)
    return observe(SUITES[gate](run))


def broken(outcomes: list[Outcome]) -> set[str]:
    return {outcome.rule.code for outcome in outcomes if not outcome.is_passed}


@pytest.mark.parametrize("gate", GATES.values())
def test_small_shop_passes_every_rule(gate: str, shop: Path) -> None:
    outcomes = look_at(gate)
    assert {outcome.rule.code for outcome in outcomes} == {rule.code for rule in RULES if rule.gate == gate}
    assert [outcome.sentence for outcome in outcomes if not outcome.is_passed] == []


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_rule_breaks_alone(code: str, shop: Path) -> None:
    with writing() as connection:
        connection.execute(BREAKS[code])
    if code == "RAW-01":
        folder = shop / "data" / "landing" / "orders" / f"day={DAY - timedelta(days=1)}"
        write_files(folder, change="exclude (store_id), 's1' as shop_id")
    outcomes = look_at(by_code(code).gate)
    assert broken(outcomes) == {code} | IMPLIED.get(code, set())


@pytest.mark.parametrize(("refused", "codes"), [(3, set()), (40, {"RAW-16"})])
def test_few_refused_rows_of_many_are_chance_and_no_changed_source(refused: int, codes: set[str], shop: Path) -> None:
    with writing() as connection:
        delivered = connection.execute(f"select count(*) from landing.events where {NEW}").fetchall()[0][0]
        bad = "insert into quarantine.events (reason, day) select 'duplicate', date '{}' - 1 from range({})"
        connection.execute(bad.format(DAY, refused * delivered // 250 + 1))
    assert refused / 250 > by_code("RAW-16").at_most
    assert broken(look_at("raw")) == codes


def test_redemption_scores_are_asked_for_only_once_there_is_a_champion(shop: Path) -> None:
    with writing() as connection:
        connection.execute("delete from ml.scores where family like 'redemption%'")
    assert broken(look_at("scores")) == {"SCO-03", "SCO-04"}
    with writing() as connection:
        connection.execute("delete from ml.models where family like 'redemption%'")
    outcomes = {outcome.rule.code: outcome for outcome in look_at("scores")}
    assert broken(list(outcomes.values())) == set()
    assert outcomes["SCO-03"].observed_text == outcomes["SCO-04"].observed_text == NOT_LEARNED


def test_the_contact_limit_is_that_of_the_managers_where_they_set_one(shop: Path) -> None:
    order = "insert into landing.contact_limits (channel, contacts, window_days, day) values ('{}', {}, 7, '{}')"
    with writing() as connection:
        connection.execute(BREAKS["DEC-06"])
        connection.execute(order.format("all", 3, DAY))
    assert "DEC-06" not in broken(look_at("decisions"))
    with writing() as connection:
        connection.execute(order.format("app", 2, DAY))
    assert "DEC-06" in broken(look_at("decisions"))


def test_a_small_delivery_is_judged_by_the_smallest_before_it(shop: Path) -> None:
    """A fifth of the usual stops a shop that is always the same, not one that has known a day of a fifth before."""
    few = "order_id not like '%-1_' and order_id not like '%-2'"
    with writing() as connection:
        connection.execute(f"delete from landing.order_items where day = date '{DAY}' - 1 and {few}")
    assert "RAW-05" in broken(look_at("raw"))
    with writing() as connection:
        connection.execute(f"delete from landing.order_items where day = date '{DAY}' - 20 and {few}")
    assert "RAW-05" not in broken(look_at("raw"))


def test_fewer_offers_used_is_no_lost_field(shop: Path) -> None:
    """Four fifths of the lines used an offer until fewer were sent; a device nobody has any more is lost."""
    used = "update landing.order_items set offer_id = 'offer a' where hash(order_id) % 5 > 0"
    with writing() as connection:
        connection.execute(f"{used} and not ({NEWEST})")
    assert "RAW-24" not in broken(look_at("raw"))


def test_every_rule_says_what_it_tolerates_and_why() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.severity in {CRITICAL, WARNING}
        assert rule.at_least is not None or rule.at_most is not None
        assert rule.reason.endswith(".")
        assert rule.code in as_markdown()
