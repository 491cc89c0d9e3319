"""Deliveries corrupted in many ways: no crash without a sentence, and nothing that had landed before changes."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from tests.warehouse import corrupted_shop
from tests.warehouse.corrupted_shop import COMPRESSED, LAST, LINES_OF_JSON, TABLES, Rows, World
from tests.warehouse.corruptions import WAYS
from warehouse import contract, ingest, sources
from warehouse.errors import BadInput, PromoliftError

DELIVERIES = 16  # of each way
MENDED = 3  # every third of those that landed is delivered well afterwards; so is every one that did not
LONGEST_SENTENCE = 1000
PROFILE = profile(
    max_examples=DELIVERIES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Reference:
    """The third day as it lands when nothing is wrong with it."""

    files: dict[str, bytes]
    rows: Rows


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with corrupted_shop.entered(tmp_path_factory.mktemp("corrupted")) as world:
        yield world


@pytest.fixture(scope="module")
def reference(world: World) -> Reference:
    assert corrupted_shop.deliver() is None
    rows = corrupted_shop.rows_of("landing")
    assert all(rows.values())
    assert not any(corrupted_shop.rows_of("quarantine").values())
    return Reference(world.landed(), rows)


@pytest.mark.integration
@pytest.mark.parametrize("way", WAYS)
def test_a_corrupted_delivery_is_told_and_changes_nothing(world: World, reference: Reference, way: str) -> None:
    tried = []

    @PROFILE
    @given(st.data())
    def deliver(data: st.DataObject) -> None:
        world.reset()
        WAYS[way](world, data.draw)
        tried.append(way)
        error = check(world, reference)
        if error or len(tried) % MENDED == 0:
            world.mend()
            ingest.land(sources.load(), LAST, replace=error is None)
            assert world.landed() == reference.files

    deliver()
    assert len(tried) >= DELIVERIES


BROKEN: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "a Parquet file without its end": ("events", lambda content: content[:-9], "events"),
    "a compressed file that breaks off": (COMPRESSED, lambda content: content[:-9], "is broken or not whole"),
    "another table's header": ("orders", lambda content: content.replace(b"order_id,", b"ordr_id,", 1), "`ordr_id`"),
    "a line that never ends": ("products", lambda content: content + b"1," * 300_000, "has a line of more than"),
    "JSON cut within a line": (LINES_OF_JSON, lambda content: content[:-9], "Malformed JSON"),
}


@pytest.mark.integration
@pytest.mark.parametrize("name", BROKEN)
def test_the_command_says_one_sentence(world: World, reference: Reference, name: str) -> None:
    table, change, words = BROKEN[name]
    world.reset()
    world.file(table).write_bytes(change(world.file(table).read_bytes()))
    before = world.landed()
    command = [sys.executable, "-m", "warehouse", "ingest", "--day", str(corrupted_shop.NEXT)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == BadInput.exit_code, result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("BadInput: ")
    assert words in result.stderr
    assert world.landed() == before
    world.mend()
    assert corrupted_shop.deliver() is None
    assert world.landed() == reference.files


def test_there_are_two_hundred_deliveries() -> None:
    assert DELIVERIES * len(WAYS) >= 200


def check(world: World, reference: Reference) -> PromoliftError | None:
    """Ingest what lies there; whatever comes of it, what was there before is as it was."""
    landed, outside = world.landed(), world.outside()
    error = corrupted_shop.deliver()
    assert world.outside() == outside
    assert not (world.data / "incoming").exists()
    assert corrupted_shop.personal_words_kept(world) == []
    after = world.landed()
    if error:
        check_sentence(error)
        assert after == landed
    else:
        assert {name: after.get(name) for name in landed} == landed
        check_rows(world, reference)
    return error


def check_sentence(error: PromoliftError) -> None:
    sentence = str(error)
    assert sentence.isprintable(), repr(sentence)
    assert len(sentence) < LONGEST_SENTENCE
    assert any(table in sentence for table in TABLES), sentence
    hidden = (*corrupted_shop.PERSONAL, corrupted_shop.KEY, "Traceback", "INTERNAL", "UDF")
    assert [word for word in hidden if word in sentence] == [], sentence


def check_rows(world: World, reference: Reference) -> None:
    landed, refused = corrupted_shop.rows_of("landing"), corrupted_shop.rows_of("quarantine")
    for table in TABLES:
        arrived = len(landed[table]) + len(refused[table])
        file = world.file(table)
        if not file.is_file():
            assert arrived in (0, len(reference.rows[table])), table
        elif table == "events":
            assert arrived == rows_of_parquet(world)
        elif table == LINES_OF_JSON:
            assert arrived >= rows_of_json(world)
        else:
            check_lines(world, reference, table, landed[table], arrived)


def rows_of_parquet(world: World) -> int:
    try:
        return int(pq.read_metadata(world.file("events")).num_rows)
    except (pa.ArrowException, OSError):
        return 0


def rows_of_json(world: World) -> int:
    count = 0
    for line in world.file(LINES_OF_JSON).read_bytes().splitlines():
        try:
            count += isinstance(json.loads(line), dict)
        except ValueError:
            continue
    return count


def check_lines(world: World, reference: Reference, table: str, landed: list[tuple[str, ...]], arrived: int) -> None:
    """Every line that reads as a row arrived; one that came through whole landed as it was, or is in quarantine."""
    lines = corrupted_shop.readable_lines(corrupted_shop.text_of(world.file(table)))
    header = lines.pop(1, [])
    rows = {number: cells for number, cells in lines.items() if len(cells) == len(header)}
    assert arrived >= len(rows), f"{table}: {arrived} rows arrived of {len(rows)}"
    good = corrupted_shop.readable_lines(
        corrupted_shop.text_of(world.root / "before" / world.file(table).relative_to(world.root))
    )
    if header != good.pop(1):
        return
    names = [column.name for column in contract.load()[table].landed]
    by_key = {key_of(table, dict(zip(names, row, strict=False))): row for row in reference.rows[table]}
    refused = {line for _, line in corrupted_shop.places_in_quarantine(table)}
    whole = {tuple(cells) for cells in good.values()}
    lost = [
        number
        for number, cells in rows.items()
        if tuple(cells) in whole
        and number not in refused
        and by_key[corrupted_shop.as_landed(table, dict(zip(header, cells, strict=True)))] not in landed
    ]
    assert lost == []


def key_of(table: str, row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in contract.load()[table].key)
