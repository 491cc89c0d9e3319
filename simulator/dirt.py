"""What a real shop's files have wrong, on top of the good rows, with a ledger of every single thing.

Good rows are never touched. What must be refused lies between them, and so does what looks odd and must land all the
same. The ledger says of each where it is and which reason ingest must give for it.
"""

import gzip
import io
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simulator import breakage, files, strays
from simulator.files import Soiled
from simulator.injection import Injected, as_lines, as_table, sample
from simulator.memory import Memory, put_aside, take_due
from warehouse import contract

KEPT_PER_DAY = 20  # rows of a table remembered for later repeats
LONGEST_DELAY = 6  # days; inside the look-back window of the features
LEDGER = pa.schema(
    [
        ("table", pa.string()),
        ("day", pa.date32()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("kind", pa.string()),
        ("reason_code", pa.string()),
    ]
)


@dataclass(frozen=True)
class Rates:
    """How often each thing happens, by the name under which the ledger knows it.

    What each is for, and the rates of the default world, stand in parameters.yml, section dirt.
    """

    duplicate: float
    late_duplicate: float
    wrong_type: float
    missing_value: float
    impossible_value: float
    unlisted_value: float
    future: float
    unknown_reference: float
    personal_data: float
    too_few_columns: float
    too_many_columns: float
    broken_quote: float
    bad_encoding: float
    cut_off: float
    unknown_customer: float
    anonymous: float
    unlisted_product: float
    empty_optional: float
    correction: float
    deletion: float
    late: float
    broken_file: float

    @classmethod
    def from_parameters(cls, dirt: SimpleNamespace) -> "Rates":
        return cls(**vars(dirt))

    @classmethod
    def none(cls) -> "Rates":
        return cls(**dict.fromkeys((rate.name for rate in fields(cls)), 0.0))


@dataclass(frozen=True)
class LedgerRow:
    """`file` is relative to the shop's folder; `line` is the physical line of a text file or the row of a Parquet file.

    `reason_code` is None for what must land, and for a broken file: it has no line, ingest refuses it as a whole.
    """

    table: str
    day: date
    file: str
    line: int | None
    kind: str
    reason_code: str | None


def soil(
    day: date, tables: Mapping[str, pa.Table], rates: Rates, rng: np.random.Generator, memory: Memory
) -> tuple[dict[str, Soiled], list[LedgerRow]]:
    """A day's tables with dirt between their rows, and the ledger of it."""
    good, late = hold_back(day, with_all(tables), rates, rng, memory)
    injected = inject(day, good, rates, rng, memory)
    soiled: dict[str, Soiled] = {}
    ledger: list[LedgerRow] = []
    for name, table in good.items():
        soiled[name], rows = place(day, name, table, injected[name], late.get(name, 0), rng)
        ledger += rows
        soiled[name], rows = damage_file(day, name, soiled[name], rates, rng)
        ledger += rows
    remember(good, injected, day, rng, memory)
    return soiled, ledger


def with_all(tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Every contract table with all its columns, ready to take rows."""
    return {
        name: with_room(name, files.with_change(name, tables[name])) if name in tables else files.empty(name)
        for name in files.tables_of_shop()
    }


def with_room(name: str, table: pa.Table) -> pa.Table:
    """The same without dictionaries, and with types where all is empty: other values must have room."""
    types = files.empty(name).schema
    for place, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            table = table.set_column(place, column.name, table[column.name].cast(column.type.value_type))
        if pa.types.is_null(column.type):
            table = table.set_column(place, column.name, table[column.name].cast(types.field(column.name).type))
    return table


def hold_back(
    day: date, tables: Mapping[str, pa.Table], rates: Rates, rng: np.random.Generator, memory: Memory
) -> tuple[dict[str, pa.Table], dict[str, int]]:
    """Some orders wait with their lines; those whose day has come, counted by table, stand behind the day's own."""
    due = take_due(memory.late, day)
    kept = dict(tables)
    delays = np.where(rng.random(kept["orders"].num_rows) < rates.late, draw_delays(rng, kept["orders"].num_rows), 0)
    held = kept["orders"]["order_id"].filter(pa.array(delays > 0))
    days = pa.array(np.datetime64(day) + delays[delays > 0], pa.date32())
    for name in ("orders", "order_items"):
        found = pc.index_in(kept[name]["order_id"], value_set=held.combine_chunks())
        put_aside(memory.late, name, kept[name].filter(found.is_valid()), days.take(found.drop_null()))
        kept[name] = kept[name].filter(found.is_null())
    kept |= {name: pa.concat_tables([kept[name], rows.cast(kept[name].schema)]) for name, rows in due.items()}
    return kept, {name: rows.num_rows for name, rows in due.items()}


def draw_delays(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.integers(1, LONGEST_DELAY + 1, count)


def inject(
    day: date, good: Mapping[str, pa.Table], rates: Rates, rng: np.random.Generator, memory: Memory
) -> dict[str, list[Injected]]:
    """What to put between the rows of each table."""
    injected: dict[str, list[Injected]] = defaultdict(list)
    for name, rows in take_due(memory.deletions, day).items():
        injected[name] += [Injected(row | {"change": "deletion"}, "deletion", None) for row in rows.to_pylist()]
    numbers = itertools.count()
    for name, table in good.items():
        counts = {rate.name: int(rng.binomial(table.num_rows, getattr(rates, rate.name))) for rate in fields(rates)}
        injected[name] += repeat_rows(name, table, counts, rng, memory)
        for kind, reason in breakage.REASONS.items():
            injected[name] += breakage.break_rows(name, kind, reason, table, counts[kind], rng)
        for kind in strays.KINDS:
            own = list(itertools.islice(numbers, counts[kind]))
            for target, stray in strays.stray_rows(name, kind, good, day, own, rng):
                injected[target].append(stray)
    return injected


def repeat_rows(
    name: str, table: pa.Table, counts: Mapping[str, int], rng: np.random.Generator, memory: Memory
) -> Iterator[Injected]:
    """Rows again: of the same file, of an earlier day, and of an earlier day as a correction that changes nothing.

    An earlier row of an entity would be news, and undo what changed since: these are not repeated on later days.
    """
    for row, at in zip(*sample(table, counts["duplicate"], rng), strict=True):
        yield Injected(row, "duplicate", "duplicate_key", after=int(at) + 1)
    if contract.load()[name].kind == "event" and name in memory.earlier:
        earlier = memory.earlier[name]
        for row in sample(earlier, counts["late_duplicate"], rng)[0]:
            yield Injected(row, "late_duplicate", "duplicate_key")
        if contract.load()[name].changes:
            chosen = rng.permutation(earlier.num_rows)[: counts["correction"]]
            for row in earlier.take(pa.array(chosen)).to_pylist():
                yield Injected(row | {"change": "correction"}, "correction", None)


def place(
    day: date, name: str, table: pa.Table, injected: list[Injected], late: int, rng: np.random.Generator
) -> tuple[Soiled, list[LedgerRow]]:
    """Things at random places between the rows; the last `late` rows of the table are noted as late."""
    rows, first = table.num_rows, 1 if name in files.PARQUET else 2
    earliest = np.array([one.after for one in injected], np.int64)
    before = earliest + (rng.random(len(injected)) * (rows + 1 - earliest)).astype(np.int64)  # good rows before each
    order = np.argsort(before, kind="stable")
    injected, before = [injected[at] for at in order], before[order]
    lines = first + before + np.arange(len(injected))
    behind = np.arange(rows - late, rows)
    late_lines = first + behind + np.searchsorted(before, behind, side="right")
    file = files.relative_file(name, day)
    ledger = [
        LedgerRow(name, day, file, int(line), one.kind, one.reason) for one, line in zip(injected, lines, strict=True)
    ] + [LedgerRow(name, day, file, int(line), "late", None) for line in late_lines]
    if name in files.PARQUET:
        return Soiled(interleave(table, injected, before)), ledger
    return Soiled(table, dict(zip(lines.tolist(), as_lines(injected, table.schema), strict=True))), ledger


def interleave(table: pa.Table, injected: list[Injected], before: np.ndarray) -> pa.Table:
    """Typed rows between the rows of a table."""
    if not injected:
        return table
    added = as_table((one.row for one in injected), table.schema)
    numbers = np.insert(np.arange(table.num_rows), before, table.num_rows + np.arange(len(injected)))
    return pa.concat_tables([table, added]).combine_chunks().take(pa.array(numbers))


def damage_file(
    day: date, name: str, soiled: Soiled, rates: Rates, rng: np.random.Generator
) -> tuple[Soiled, list[LedgerRow]]:
    """A last line that breaks off, and a truncated file beside the whole one."""
    ledger: list[LedgerRow] = []
    is_cut, is_broken = rng.random(2) < (rates.cut_off, rates.broken_file)
    if is_cut and soiled.table.num_rows and name not in files.PARQUET:
        line = 2 + soiled.table.num_rows + len(soiled.lines)
        ledger.append(LedgerRow(name, day, files.relative_file(name, day), line, "cut_off", "unreadable_line"))
        row = sample(soiled.table, 1, rng)[0][0]
        cut = as_lines([Injected(row, "cut_off", "unreadable_line", breakage.cut_off)], soiled.table.schema)[0]
        soiled = replace(soiled, cut=cut)
    if is_broken and soiled.table.num_rows:
        extra = f"{name}-2.parquet" if name in files.PARQUET else f"{name}-2.csv.gz"
        ledger.append(LedgerRow(name, day, f"{name}/day={day}/{extra}", None, "broken_file", None))
        soiled = replace(soiled, beside={extra: truncated(name, soiled.table)})
    return soiled, ledger


def truncated(name: str, table: pa.Table) -> bytes:
    """The first half of a compressed file."""
    stream = io.BytesIO()
    files.write_table(stream, name, Soiled(table))
    whole = stream.getvalue() if name in files.PARQUET else gzip.compress(stream.getvalue(), mtime=0)
    return whole[: len(whole) // 2]


def remember(
    good: Mapping[str, pa.Table],
    injected: Mapping[str, list[Injected]],
    day: date,
    rng: np.random.Generator,
    memory: Memory,
) -> None:
    """Keep a few good rows for repeats, and the rows to be taken back, all on one day: an order goes with its lines."""
    due = day + timedelta(days=int(draw_delays(rng, 1)[0]))
    for name, table in good.items():
        if table.num_rows:
            kept = rng.choice(table.num_rows, min(KEPT_PER_DAY, table.num_rows), replace=False)
            memory.keep_earlier(name, table.take(pa.array(np.sort(kept))))
        ghosts = [one.row for one in injected.get(name, []) if one.kind == "deletion" and one.row["change"] is None]
        put_aside(memory.deletions, name, as_table(ghosts, table.schema), pa.array([due] * len(ghosts), pa.date32()))


def write_ledger(truth: Path, day: date, rows: list[LedgerRow]) -> None:
    """`<truth>/dirt/day=<day>.parquet`; a day without dirt has an empty one."""
    folder = truth / "dirt"
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist([asdict(row) for row in rows], schema=LEDGER)
    files.replace_file(folder / f"day={day}.parquet", lambda stream: pq.write_table(table, stream, compression="zstd"))
