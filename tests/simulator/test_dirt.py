"""Dirt lies between the good rows and never in them, all of it is in the ledger, and it is the same every time."""

import csv
import zlib
from collections import Counter
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator import breakage, dirt, files, strays
from simulator.dirt import LedgerRow, Memory, Rates
from tests.simulator import little_shop, soiled_shop
from tests.simulator.small_build import USUAL
from tests.simulator.soiled_shop import SoiledShop, contents, high_rates, only
from warehouse import contract

IN_PARQUET = {"wrong_type", "too_few_columns", "too_many_columns", "broken_quote", "bad_encoding", "cut_off"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SoiledShop:
    return soiled_shop.build(tmp_path_factory.mktemp("shop"), high_rates())


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("clean")
    for day in little_shop.DAYS:
        files.write_day(folder, day, little_shop.tables_of(day))
    return contents(folder)


def lines_of(ledger: list[LedgerRow], file: str) -> set[int | None]:
    return {row.line for row in ledger if row.file == file}


def test_no_rates_no_dirt(tmp_path: Path, clean: dict[str, bytes]) -> None:
    built = soiled_shop.build(tmp_path, Rates.none())
    assert contents(tmp_path) == clean
    assert built.ledger == []


def test_the_same_seed_gives_the_same_bytes_and_the_same_ledger(tmp_path: Path, shop: SoiledShop) -> None:
    again = soiled_shop.build(tmp_path, high_rates())
    assert contents(tmp_path) == contents(shop.folder)
    assert again.ledger == shop.ledger
    assert soiled_shop.build(tmp_path / "other", high_rates(), seed=12).ledger != shop.ledger


def test_a_build_that_stops_after_every_day_goes_on_as_if_it_had_not(tmp_path: Path, shop: SoiledShop) -> None:
    def through_files(memory: Memory) -> Memory:
        memory.write(tmp_path / "memory")
        return Memory.read(tmp_path / "memory")

    assert soiled_shop.build(tmp_path / "shop", high_rates(), between=through_files).ledger == shop.ledger
    assert contents(tmp_path / "shop") == contents(shop.folder)


def test_without_the_lines_of_the_ledger_the_files_are_clean(tmp_path: Path, clean: dict[str, bytes]) -> None:
    built = soiled_shop.build(tmp_path, high_rates(late=0))
    for name, content in contents(tmp_path).items():
        out = lines_of(built.ledger, name)
        if name.endswith(".csv"):
            kept = [line for number, line in enumerate(content.splitlines(keepends=True), 1) if number not in out]
            assert b"".join(kept) == clean[name], name
        else:
            rows = pq.read_table(tmp_path / name).to_pylist()
            kept_rows = [row for number, row in enumerate(rows, 1) if number not in out]
            assert kept_rows == pq.read_table(pa.BufferReader(clean[name])).to_pylist(), name


def test_every_kind_comes_in_every_table_that_can_have_it(shop: SoiledShop) -> None:
    found = {(row.table, row.kind) for row in shop.ledger}
    kinds = {rate.name for rate in fields(Rates)} - {"broken_file"}
    assert {kind for _, kind in found} == kinds
    for table in ("orders", "order_items", "events", "customers"):
        ways = {kind for kind, ways in breakage.WAYS.items() if list(ways(contract.load()[table]))}
        assert {(table, kind) for kind in ways} <= found
    assert {kind for table, kind in found if table in files.PARQUET} & IN_PARQUET == set()


def test_the_ledger_names_every_line_once(shop: SoiledShop) -> None:
    places = Counter((row.file, row.line) for row in shop.ledger)
    assert max(places.values()) == 1
    assert all((shop.folder / row.file).is_file() for row in shop.ledger)


def test_dirt_is_spread_over_the_file() -> None:
    table = little_shop.tables_of(little_shop.FIRST_DAY)["events"]
    _, ledger = soiled_shop.soil(0, only(impossible_value=0.5), Memory(), tables={"events": table})
    places = np.array([row.line for row in ledger]) / (table.num_rows + len(ledger))
    quarters = np.histogram(places, bins=4, range=(0, 1))[0] / len(ledger)
    assert np.all((quarters > 0.15) & (quarters < 0.35))


def test_a_repeat_stands_behind_what_it_repeats(tmp_path: Path) -> None:
    built = soiled_shop.build(tmp_path, only(duplicate=0.5))
    assert {row.kind for row in built.ledger} == {"duplicate"}
    for row in built.ledger:
        if row.file.endswith(".csv") and row.line:
            lines = (tmp_path / row.file).read_bytes().splitlines()
            assert lines[row.line - 1] in lines[: row.line - 1]


def test_a_late_repeat_was_delivered_on_an_earlier_day(tmp_path: Path, clean: dict[str, bytes]) -> None:
    built = soiled_shop.build(tmp_path, only(late_duplicate=0.3))
    assert {row.reason_code for row in built.ledger} == {"duplicate_key"}
    assert {contract.load()[row.table].kind for row in built.ledger} == {"event"}
    for row in built.ledger:
        if row.file.endswith(".csv") and row.line:
            line = (tmp_path / row.file).read_bytes().splitlines()[row.line - 1]
            earlier = [content for name, content in clean.items() if name.startswith(row.table) and name < row.file]
            assert line in b"\n".join(earlier).splitlines()


def test_a_row_is_corrected_once_a_day_at_most(tmp_path: Path) -> None:
    built = soiled_shop.build(tmp_path, only(correction=0.5))
    assert len(built.ledger) > 100
    for name in {row.file for row in built.ledger}:
        lines = (tmp_path / name).read_bytes().splitlines()
        said = [lines[(row.line or 0) - 1] for row in built.ledger if row.file == name]
        assert len(set(said)) == len(said), name


def test_a_late_order_comes_whole_and_once_within_six_days(tmp_path: Path, clean: dict[str, bytes]) -> None:
    built = soiled_shop.build(tmp_path, only(late=0.2))
    assert 20 < sum(row.table == "orders" for row in built.ledger) < 100
    days = {}
    for day in little_shop.DAYS:
        for name in ("orders", "order_items"):
            file = tmp_path / files.relative_file(name, day)
            for row in csv.DictReader(file.read_text().splitlines()):
                days.setdefault((name, row["order_id"]), []).append(day)
    waiting = {str(order) for order in built.memory.late["orders"]["order_id"]}
    for day in little_shop.DAYS:
        lines = Counter(little_shop.tables_of(day)["order_items"]["order_id"].to_pylist())
        for order, count in lines.items():
            came = days.get(("orders", order), [])
            assert len(came) == (order not in waiting)
            assert all(day <= one <= day + timedelta(days=dirt.LONGEST_DELAY) for one in came)
            assert days.get(("order_items", order), []) == came * count


def test_what_is_taken_back_was_there_before(tmp_path: Path) -> None:
    built = soiled_shop.build(tmp_path, only(deletion=0.1))
    seen: dict[str, bytes] = {}
    deleted = 0
    for row in built.ledger:
        line = (tmp_path / row.file).read_bytes().splitlines()[(row.line or 0) - 1]
        whole, _, change = line.rpartition(b",")
        if change == b"deletion":
            deleted += 1
            assert seen.pop(f"{row.table} {whole.decode()}") < row.file.encode()
        else:
            seen[f"{row.table} {whole.decode()}"] = row.file.encode()
    assert deleted > 20


def test_strays_hang_on_nothing_real(shop: SoiledShop) -> None:
    kinds = set(strays.KINDS)
    real = {little_shop.customer(number) for number in range(little_shop.CUSTOMERS)}
    checked = 0
    for row in shop.ledger:
        if row.kind in kinds and row.file.endswith(".csv") and row.line:
            head, *rows = (shop.folder / row.file).read_bytes().decode(errors="replace").splitlines()
            cells = next(csv.DictReader([head, rows[row.line - 2]]))
            assert cells.get("customer_id") not in real
            assert not cells.get("device_id")
            assert cells.get("order_id", "")[:1] in {"", "X"}
            checked += 1
    assert checked > 50


def test_dictionaries_of_words_make_room_for_new_ones() -> None:
    table = little_shop.tables_of(little_shop.FIRST_DAY)["events"]
    place = table.column_names.index("event_type")
    words = table.set_column(place, "event_type", table["event_type"].dictionary_encode())
    soiled, ledger = soiled_shop.soil(0, only(unlisted_value=0.2), Memory(), tables={"events": words})
    assert len(ledger) > 20
    found = soiled["events"].table["event_type"].to_pylist()
    assert all(found[(row.line or 0) - 1] == breakage.UNLISTED for row in ledger)


def numbered(table: pa.Table) -> pa.Table:
    """Identifiers as whole numbers, as many shops have them, and moments to the second."""
    for place, column in enumerate(table.schema):
        if column.name.endswith("_id") and column.name not in {"store_id", "offer_id", "campaign_id"}:
            numbers = [value and 1000 + zlib.crc32(value.encode()) for value in table[column.name].to_pylist()]
            table = table.set_column(place, column.name, pa.array(numbers, pa.int64()))
        if pa.types.is_timestamp(column.type):
            table = table.set_column(place, column.name, table[column.name].cast(pa.timestamp("s")))
    return table


def test_identifiers_may_be_numbers(tmp_path: Path) -> None:
    memory = Memory()
    for number, day in enumerate(little_shop.DAYS[:3]):
        tables = {name: numbered(table) for name, table in little_shop.tables_of(day).items()}
        soiled, ledger = soiled_shop.soil(number, high_rates(), memory, tables=tables)
        files.write_day(tmp_path, day, soiled)
        events = pq.read_table(tmp_path / files.relative_file("events", day))["event_id"].to_pylist()
        strays = [row.line for row in ledger if row.table == "events" and row.kind in {"anonymous", "empty_optional"}]
        assert [line for line in strays if line and events[line - 1] >= 0] == []
        assert len(strays) > 0
        orphans = [row for row in ledger if (row.table, row.kind) == ("order_items", "unknown_reference")]
        lines = (tmp_path / files.relative_file("order_items", day)).read_bytes().splitlines()
        assert all(lines[(row.line or 0) - 1].startswith(b"-1,") for row in orphans)


def test_a_column_that_is_empty_throughout_takes_values() -> None:
    campaigns = little_shop.tables_of(little_shop.FIRST_DAY)["offers"]
    place = campaigns.column_names.index("issue_limit")
    untyped = campaigns.set_column(place, "issue_limit", pa.nulls(campaigns.num_rows))
    soiled, ledger = soiled_shop.soil(0, only(impossible_value=5 / 12), Memory(), tables={"offers": untyped})
    assert len(soiled["offers"].lines) == len(ledger) > 0


def test_default_rates_soil_about_three_rows_in_a_thousand() -> None:
    table = little_shop.tables_of(little_shop.FIRST_DAY)["order_items"]
    orders = little_shop.tables_of(little_shop.FIRST_DAY)["orders"]
    many = pa.concat_tables([table] * (200_000 // table.num_rows))
    memory = Memory(earlier={"order_items": files.with_change("order_items", table)})
    _, ledger = soiled_shop.soil(1, replace(USUAL, late=0), memory, tables={"orders": orders, "order_items": many})
    assert 0.001 < len(ledger) / many.num_rows < 0.004


def test_the_ledger_is_a_table_of_its_day(tmp_path: Path, shop: SoiledShop) -> None:
    day = little_shop.DAYS[4]
    rows = [row for row in shop.ledger if row.day == day]
    dirt.write_ledger(tmp_path, day, rows)
    found = pq.read_table(tmp_path / "dirt" / f"day={day}.parquet")
    assert [LedgerRow(**row) for row in found.to_pylist()] == rows
    assert len(rows) > 0


def test_a_broken_file_lies_beside_the_whole_one(tmp_path: Path) -> None:
    built = soiled_shop.build(tmp_path, only(broken_file=0.2))
    assert len(built.ledger) > 5
    for row in built.ledger:
        assert (row.kind, row.line, row.reason_code) == ("broken_file", None, None)
        assert (tmp_path / row.file).stat().st_size > 0
        assert (tmp_path / files.relative_file(row.table, row.day)).is_file()
