"""Decisions for the shop: read alike from every kind of file, and refused in one sentence where they make no sense."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest

from simulator import decisions, policy, world
from simulator.build import Place
from simulator.calendar import date_of
from simulator.messages import Messages
from simulator.offers import active_offers
from simulator.world import World
from warehouse import pii
from warehouse.arms import WITHHELD
from warehouse.errors import BadInput, NotAvailable

HEADER = "customer_id, offer_id, channel, arm, assignment_probability"
Row = tuple[str, str, str, str, float]


@pytest.fixture(scope="module")
def known(clean: Place) -> World:
    return world.load(clean.truth)


@pytest.fixture
def rows(known: World) -> list[Row]:
    """Decisions for five customers in the shop's ids, the last one kept back."""
    offers = active_offers(known.known, known.catalogue, known.customers, known.seed, known.next_day)
    chosen = known.people.customer_id[policy.reachable(known, known.next_day).rows[:5]]
    arms = ["treatment"] * 4 + ["holdout"]
    return [
        (str(customer), offer.offer_id, channel, arm, probability)
        for customer, offer, channel, arm, probability in zip(
            chosen, offers, ["app", "crm", "social", "app", "crm"], arms, [1.0, 0.5, 0.25, 0.125, 0.5], strict=False
        )
    ]


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setenv("PROMOLIFT_PII_KEY", "a key for a test")
    return pii.key()


def pseudonymous(rows: list[Row], secret: bytes) -> list[Row]:
    return [(pii.pseudonym(row[0], secret), *row[1:]) for row in rows]


def write_csv(file: Path, rows: list[Row]) -> Path:
    file.write_text("\n".join([HEADER.replace(", ", ","), *(",".join(map(str, row)) for row in rows)]) + "\n")
    return file


def write_parquet(file: Path, rows: list[Row]) -> Path:
    with duckdb.connect() as database:
        fill(database, "given", rows)
        database.execute(f"copy (select * exclude (day) from given) to '{file}' (format parquet)")
    return file


def write_published(file: Path, rows: list[Row]) -> Path:
    """Two days and all columns the decisions need, as the platform publishes them."""
    with duckdb.connect(str(file)) as database:
        fill(database, "given", rows)
        database.execute("create table user_promotions as select *, row_number() over () as rank from given")
        database.execute("insert into user_promotions select * replace (day - 1 as day) from user_promotions")
    return file


def fill(database: duckdb.DuckDBPyConnection, name: str, rows: list[Row]) -> None:
    types = "customer_id varchar, offer_id varchar, channel varchar, arm varchar, assignment_probability double"
    database.execute(f"create table {name} ({types}, day date)")
    if rows:
        database.executemany(f"insert into {name} values (?, ?, ?, ?, ?, date '2025-08-03')", rows)


def told(known: World, file: Path) -> Messages:
    day = date_of(known.known, known.next_day)
    return decisions.to_messages(known, decisions.read(file, day), day)


def as_set(messages: Messages) -> set[tuple]:
    return set(
        zip(
            messages.rows.tolist(), messages.offer.tolist(), messages.channel.tolist(), messages.arm.tolist(),
            messages.probability.tolist(), strict=True,
        )
    )  # fmt: skip


def test_shop_ids_in_text_and_pseudonyms_in_parquet_and_in_the_published_file_say_the_same(
    known: World, rows: list[Row], secret: bytes, tmp_path: Path
) -> None:
    hidden = pseudonymous(rows, secret)
    text = as_set(told(known, write_csv(tmp_path / "given.csv", rows)))
    assert len(text) == len(rows)
    assert as_set(told(known, write_parquet(tmp_path / "given.parquet", hidden))) == text
    assert as_set(told(known, write_published(tmp_path / "promolift.duckdb", hidden))) == text


def test_who_is_held_out_is_not_shown(known: World, rows: list[Row], tmp_path: Path) -> None:
    messages = told(known, write_csv(tmp_path / "given.csv", rows))
    assert messages.is_shown.tolist() == [True] * 4 + [False]


def test_numbers_are_as_good_as_text(known: World, rows: list[Row], tmp_path: Path) -> None:
    with duckdb.connect() as database:
        fill(database, "given", rows)
        file = tmp_path / "numbers.parquet"
        database.execute(f"copy (select customer_id::bigint as customer_id, offer_id from given) to '{file}'")
    messages = told(known, file)
    assert sorted(known.people.customer_id[messages.rows].tolist()) == sorted(int(row[0]) for row in rows)
    assert np.isnan(messages.probability).all()


def without(column: str) -> Callable[[Path], None]:
    def drop(file: Path) -> None:
        lines = [line.split(",") for line in file.read_text().splitlines()]
        place = lines[0].index(column)
        file.write_text("".join(",".join(line[:place] + line[place + 1 :]) + "\n" for line in lines))

    return drop


def replacing(old: str, new: str) -> Callable[[Path], None]:
    def replace(file: Path) -> None:
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    return replace


BROKEN = {
    "an unknown customer": (replacing("10000", "99990"), "5 of 5 customers are not the simulated shop's, first 9999"),
    "an offer of another week": (replacing("w008-", "w020-"), "5 offers cannot be used on 2025-08-03, first w020-A01"),
    "an offer nobody knows": (replacing("w008-A01", "free"), "1 offers cannot be used on 2025-08-03, first free"),
    "no customer": (without("customer_id"), "has no column customer_id"),
    "no offer": (without("offer_id"), "has no column offer_id"),
    "a chance that is no number": (replacing("0.125", "often"), "assignment_probability holds often, which is no"),
    "an arm nobody knows": (replacing("treatment", "control group"), "arm holds control group, which is none of treat"),
    "a channel nobody has": (replacing("social", "pigeon"), "channel holds pigeon, which is none of app, crm, social"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_makes_no_sense_is_refused_in_a_sentence(known: World, rows: list[Row], tmp_path: Path, what: str) -> None:
    spoil, sentence = BROKEN[what]
    file = write_csv(tmp_path / "given.csv", rows)
    spoil(file)
    with pytest.raises(BadInput) as refused:
        told(known, file)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("arm", WITHHELD)
def test_more_copies_than_there_are_are_refused_and_what_is_withheld_is_no_copy(
    known: World, tmp_path: Path, arm: str
) -> None:
    known = replace(known, next_day=known.next_day + 1)  # a Monday: the flash sale begins
    offers = active_offers(known.known, known.catalogue, known.customers, known.seed, known.next_day)
    flash = next(offer for offer in offers if offer.issue_limit)
    assert flash.issue_limit == 60
    given = [(str(one), flash.offer_id, "app", "treatment", 1.0) for one in known.people.customer_id[:61]]
    kept_back = [*given[:60], (*given[60][:3], arm, 0.5)]
    messages = told(known, write_csv(tmp_path / "given.csv", kept_back))
    assert (len(messages), messages.is_shown.sum()) == (61, 60)
    with pytest.raises(BadInput, match="is decided for 61 customers, and there are 60 copies of it"):
        told(known, write_csv(tmp_path / "given.csv", given))


def test_a_day_that_is_not_the_next_one_is_refused(known: World, rows: list[Row], tmp_path: Path) -> None:
    day = date_of(known.known, known.next_day) + timedelta(days=1)
    decided = decisions.read(write_csv(tmp_path / "given.csv", rows), day)
    with pytest.raises(BadInput, match="stands on the morning of 2025-08-03, not of 2025-08-04"):
        decisions.to_messages(known, decided, day)


def test_rows_of_other_days_in_a_file_are_refused(known: World, rows: list[Row], tmp_path: Path) -> None:
    file = write_csv(tmp_path / "given.csv", rows)
    header, *lines = file.read_text().splitlines()
    file.write_text("\n".join([header + ",day", *(line + ",2025-08-02" for line in lines)]) + "\n")
    with pytest.raises(BadInput, match="holds decisions of 2025-08-02, not only of 2025-08-03"):
        told(known, file)


def test_a_file_that_is_not_there_or_of_another_kind_is_refused(known: World, tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match="there are no decisions at"):
        told(known, tmp_path / "given.csv")
    (tmp_path / "given.xlsx").touch()
    with pytest.raises(BadInput, match=r"is none of \.csv, \.parquet, \.duckdb"):
        told(known, tmp_path / "given.xlsx")


def test_no_decisions_at_all_are_fine(known: World, tmp_path: Path) -> None:
    assert len(told(known, write_csv(tmp_path / "given.csv", []))) == 0
