"""The tiny world is what it says: the same bytes every time, and customers who behave as their kind."""

from pathlib import Path

from tests.tiny_world import generate, people
from tests.tiny_world.world import TinyWorld
from warehouse import tables

ORDERS = "landing.orders where order_id not like 'odd-%'"
SINCE_SHOWN = """
    select orders.customer_id, orders.order_date - max(exposures.exposure_date) as days
    from landing.orders
    left join landing.exposures
        on orders.customer_id = exposures.customer_id and exposures.exposure_date < orders.order_date
        and exposures.arm = 'treatment'
    where orders.order_id not like 'odd-%'
    group by orders.order_id, orders.customer_id, orders.order_date
"""


def days_since_shown(kind: str) -> set[int | None]:
    rows = tables.read(SINCE_SHOWN).to_pylist()
    return {row["days"] for row in rows if row["customer_id"] in people.customers_of(kind)}


def test_the_files_are_the_same_every_time(tmp_path: Path) -> None:
    for name in ("first", "second"):
        generate.write(tmp_path / name)
    assert [file.read_bytes() for file in sorted((tmp_path / "first").iterdir())] == [
        file.read_bytes() for file in sorted((tmp_path / "second").iterdir())
    ]


def test_there_are_sixty_customers_of_four_kinds_and_forty_products(tiny_world: TinyWorld) -> None:
    assert [len(people.customers_of(kind)) for kind in people.KINDS] == [15, 15, 15, 15]
    assert len(people.PRODUCTS) == 40
    assert (people.LAST_DAY - people.FIRST_DAY).days + 1 == 150


def test_who_always_buys_buys_with_and_without_offers(tiny_world: TinyWorld) -> None:
    orders = tables.read(f"select customer_id, count(*) as n from {ORDERS} group by all").to_pylist()
    assert {row["n"] for row in orders if row["customer_id"] in people.customers_of("always")} <= {29, 30, 31}
    assert None in days_since_shown("always")


def test_who_never_buys_does_not(tiny_world: TinyWorld) -> None:
    assert days_since_shown("never") == set()


def test_who_needs_an_offer_buys_only_after_it(tiny_world: TinyWorld) -> None:
    assert days_since_shown("with_offer") == {2, 6}


def test_who_is_bothered_stays_away_after_an_offer(tiny_world: TinyWorld) -> None:
    days = days_since_shown("bothered")
    assert min(day for day in days if day is not None) == 11
    assert None in days


def test_exposures_are_a_fair_draw_of_half_the_customers(tiny_world: TinyWorld) -> None:
    sql = "select count(distinct customer_id) as n from landing.exposures where arm = 'treatment' group by campaign_id"
    shown = [row["n"] for row in tables.read(sql).to_pylist()]
    assert all(15 < n < 45 for n in shown)
    assert 25 < sum(shown) / len(shown) < 35


def test_two_campaigns_run_on_the_day_one_of_them_tight(tiny_world: TinyWorld) -> None:
    sql = "select campaign_id, budget from landing.campaigns where $day between start_date and end_date order by 1"
    rows = tables.read(sql, {"day": tiny_world.day}).to_pylist()
    assert [(row["campaign_id"], int(row["budget"])) for row in rows] == [("k08", 40), ("k09", 15)]
