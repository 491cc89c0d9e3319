"""Ways in which a delivery is corrupted on its way: each takes the world and a way to draw choices, and writes."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from tests.warehouse.corrupted_shop import DAYS, LAST, LINES_OF_JSON, TABLES, World, text_of

Draw = Callable[[st.SearchStrategy[Any]], Any]
Cells = list[list[str]]
CSV = tuple(table for table in TABLES if table not in ("events", LINES_OF_JSON))
ENCODINGS = ("utf-16", "utf-16-be", "utf-32", "latin-1", "gbk", "shift_jis", "cp500", "utf-8-sig", "utf-7")
HUGE = (
    *("1e308", "-1e400", "9" * 400, "1" + "0" * 30, "nan", "inf", "-0", "0x7fffffff", "1e-400", "18446744073709551616"),
    *("99999-12-31", "-4713-01-01", "9999-12-31 23:59:59.999999", "infinity", "1e15", "x" * 70_000, "x" * 3_000_000),
)
SQL = (
    "'; drop table landing.orders; --",
    "'; copy (select 1) to '{canary}'; --",
    '"; delete from quarantine.orders; --',
    "$folder' || getenv('PROMOLIFT_PII_KEY') || '",
    "{{ env_var('PROMOLIFT_PII_KEY') }}",
    "read_text('{canary}')",
    "=cmd|' /C calc'!A0",
    "${{jndi:ldap://127.0.0.1/a}} %s %(x)s \\'; \\",
)
NAMES = (
    "..csv",
    "...csv.gz.csv",
    "-rf.csv",
    "' or 1=1 --.csv",
    '".csv',
    "a\nb.csv",
    "a\tb\r.csv",
    "[a-z]*?.csv",
    "{orders}[1].csv",
    "%2e%2e%2fx.csv",
    "~root.csv",
    "$folder.csv",
    "x" * 240 + ".csv",
    "满减.csv",
    "day=2025-06-04.csv",
    "rows\\..\\x.csv",
    "[bold red]x.csv",
    b"\xff\xfe.csv".decode(errors="surrogateescape"),
)
FOLDERS = (
    "day=2025-13-45",
    "day=2025-6-6",
    "day=",
    "day=..",
    "day=%2e%2e%2fx",
    "day=2025-06-06'",
    "day=null",
    "day=0000-00-00",
    "day=9999-12-31",
    "Day=2025-06-06",
    f"day={LAST} ",
    f"day={LAST}[0]",
    f"region=x/day={LAST}",
    f"day={LAST}/day={DAYS[0]}",
)


def put(file: Path, text: bytes) -> None:
    """Write a text file, compressed where its name says so."""
    file.write_bytes(gzip.compress(text, mtime=0) if file.suffix == ".gz" else text)


def raw_or_text(world: World, draw: Draw, change: Callable[[bytes], bytes]) -> None:
    """Change the bytes of a file of any table; of a compressed one also those of its text."""
    file = world.file(draw(st.sampled_from(TABLES)))
    if file.suffix == ".gz" and draw(st.booleans()):
        put(file, change(text_of(file)))
    else:
        file.write_bytes(change(file.read_bytes()))


def truncate(world: World, draw: Draw) -> None:
    raw_or_text(world, draw, lambda content: content[: draw(st.integers(0, max(len(content) - 1, 0)))])


def flip_bytes(world: World, draw: Draw) -> None:
    def change(content: bytes) -> bytes:
        changed = bytearray(content)
        for _ in range(draw(st.integers(1, 12)) if content else 0):
            changed[draw(st.integers(0, len(content) - 1))] ^= draw(st.integers(1, 255))
        return bytes(changed)

    raw_or_text(world, draw, change)


def put_in(world: World, draw: Draw, tokens: tuple[bytes, ...]) -> None:
    def change(content: bytes) -> bytes:
        for _ in range(draw(st.integers(1, 4))):
            place = draw(st.integers(0, len(content)))
            content = content[:place] + draw(st.sampled_from(tokens)) + content[place:]
        return content

    raw_or_text(world, draw, change)


def put_in_nul(world: World, draw: Draw) -> None:
    put_in(world, draw, (b"\0", b"\0" * 100, b",\0,", b"\n\0\n", b'"\0"'))


def break_quotes(world: World, draw: Draw) -> None:
    put_in(world, draw, (b'"', b'""', b'\n"', b',"', b'"x', b"\r", b"\n", b"\r\n", b",", b"'", b"\\"))


def encode_otherwise(world: World, draw: Draw) -> None:
    file = world.file(draw(st.sampled_from((*CSV, LINES_OF_JSON))))
    text = text_of(file).decode()
    words = draw(st.sampled_from(("", "Café", "満減", "ÿþ\u2028")))
    place = draw(st.integers(0, len(text)))
    changed = text[:place] + words + text[place:]
    put(file, changed.encode(draw(st.sampled_from(ENCODINGS)), errors="replace"))


def change_cells(world: World, table: str, change: Callable[[list[str], Cells], Cells]) -> None:
    """Change the header and rows of a table's file in its own format; rows of Parquet must stay of their types."""
    file = world.file(table)
    if table == LINES_OF_JSON:
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        header, *cells = change(list(rows[0]), [[row[name] for name in rows[0]] for row in rows])
        file.write_text("".join(json.dumps(dict(zip(header, row, strict=False))) + "\n" for row in cells))
        return
    header, *cells = list(csv.reader(io.StringIO(text_of(file).decode(), newline="")))
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(change(header, cells))
    put(file, written.getvalue().encode())


def swap_columns(world: World, draw: Draw) -> None:
    table = draw(st.sampled_from(TABLES))
    if table == "events":
        swap_columns_of_parquet(world.file(table), draw)
        return

    def change(header: list[str], rows: Cells) -> Cells:
        first, second = draw(st.lists(st.integers(0, len(header) - 1), min_size=2, max_size=2, unique=True))
        kind = draw(st.sampled_from(("header", "values", "one row", "lost", "twice", "renamed", "shifted")))
        changed = list(header)
        changed[first], changed[second] = header[second], header[first]
        match kind:
            case "header":
                return [changed, *rows]
            case "values":
                return [header, *([*swapped(row, first, second)] for row in rows)]
            case "one row":
                place = draw(st.integers(0, len(rows) - 1))
                return [header, *rows[:place], swapped(rows[place], first, second), *rows[place + 1 :]]
            case "lost":
                return [row[:first] + row[first + 1 :] for row in (header, *rows)]
            case "twice":
                return [[*row, row[first]] for row in (header, *rows)]
            case "renamed":
                return [header[:first] + [f"{header[first]}2"] + header[first + 1 :], *rows]
            case _:
                return [header, *(row[first:] + row[:first] for row in rows)]

    change_cells(world, table, change)


def swapped(row: list[str], first: int, second: int) -> list[str]:
    changed = list(row)
    changed[first], changed[second] = row[second], row[first]
    return changed


def swap_columns_of_parquet(file: Path, draw: Draw) -> None:
    rows = pq.read_table(file)
    names = rows.column_names
    first, second = draw(st.lists(st.integers(0, len(names) - 1), min_size=2, max_size=2, unique=True))
    kind = draw(st.sampled_from(("names", "lost", "renamed", "text", "nested")))
    match kind:
        case "names":
            changed = rows.rename_columns(swapped(names, first, second))
        case "lost":
            changed = rows.drop_columns([names[first]])
        case "renamed":
            changed = rows.rename_columns([*names[:first], f"{names[first]}2", *names[first + 1 :]])
        case "text":
            changed = rows.set_column(first, names[first], rows[names[first]].cast(pa.string()))
        case _:
            changed = rows.set_column(first, names[first], pa.array([[1, 2]] * rows.num_rows))
    pq.write_table(changed, file)


def put_value(world: World, draw: Draw, values: tuple[str, ...]) -> None:
    """Put a text into a cell, or into a name of the header."""
    table = draw(st.sampled_from(TABLES))
    value = draw(st.sampled_from(values)).replace("{canary}", str(world.canary))
    if table == "events":
        put_value_in_parquet(world.file(table), draw, value)
        return
    in_header = draw(st.integers(0, 9)) == 0

    def change(header: list[str], rows: Cells) -> Cells:
        cells = [header, *rows]
        place = 0 if in_header else draw(st.integers(1, len(rows)))
        cells[place][draw(st.integers(0, len(header) - 1))] = value
        return cells

    change_cells(world, table, change)


def put_value_in_parquet(file: Path, draw: Draw, value: str) -> None:
    rows = pq.read_table(file)
    name = draw(st.sampled_from(rows.column_names))
    cells = rows[name].cast(pa.string()).to_pylist()
    cells[draw(st.integers(0, len(cells) - 1))] = value
    pq.write_table(rows.set_column(rows.column_names.index(name), name, pa.array(cells, pa.string())), file)


def put_in_huge_values(world: World, draw: Draw) -> None:
    put_value(world, draw, HUGE)


def put_in_sql(world: World, draw: Draw) -> None:
    put_value(world, draw, SQL)


def make_huge_lines(world: World, draw: Draw) -> None:
    huge = (
        b",".join([b"1"] * 200_000) + b"\n",
        b"x" * 5_000_000,
        b'"' + b"y\n" * 50_000,
        b"[" * 200_000,
        b"\n" * 500_000,
    )
    file = world.file(draw(st.sampled_from((*CSV, LINES_OF_JSON))))
    lines = text_of(file).splitlines(keepends=True)
    place = draw(st.integers(0, len(lines)))
    put(file, b"".join([*lines[:place], draw(st.sampled_from(huge)), *lines[place:]]))


def write_another_format(world: World, draw: Draw) -> None:
    file = world.file(draw(st.sampled_from(TABLES)))
    other = world.file(draw(st.sampled_from(TABLES)))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("../../evil.csv", "a,b\n1,2\n")
    contents: tuple[bytes, ...] = (
        other.read_bytes(),
        archive.getvalue(),
        gzip.compress(gzip.compress(text_of(file))),
        b"",
        b"\n",
        b"PAR1",
        b"PAR1" + b"\xff" * 40 + b"PAR1",
        b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>\n",
        b"SQLite format 3\0" + bytes(100),
        b'[{"product_id": "P1"}]',
        b"{" * 10_000,
    )
    file.write_bytes(draw(st.sampled_from(contents)))


def name_otherwise(world: World, draw: Draw) -> None:
    """The file of the day under another name, in another folder, twice, or as something that is no file."""
    file = world.file(draw(st.sampled_from(TABLES)))
    ways = (rename_file, rename_folder, link_outside, put_folder_there, copy_beside)
    draw(st.sampled_from(ways))(world, file, draw)


def rename_file(world: World, file: Path, draw: Draw) -> None:
    suffix = file.name.removeprefix(file.name.partition(".")[0])
    file.rename(file.with_name(draw(st.sampled_from(NAMES)).replace(".csv", suffix)))


def copy_beside(world: World, file: Path, draw: Draw) -> None:
    suffix = file.name.removeprefix(file.name.partition(".")[0])
    other = file.with_name(draw(st.sampled_from(NAMES)).replace(".csv", suffix))
    other.write_bytes(file.read_bytes())


def rename_folder(world: World, file: Path, draw: Draw) -> None:
    folder = file.parents[1] / draw(st.sampled_from(FOLDERS))
    folder.parent.mkdir(exist_ok=True)
    file.parent.rename(folder)


def link_outside(world: World, file: Path, draw: Draw) -> None:
    targets = (
        world.canary,
        world.root,
        Path("/dev/null"),
        Path("no/such"),
        file,
        file.parents[1],
        world.data / "pii.key",
    )
    file.unlink()
    file.symlink_to(draw(st.sampled_from(targets)))


def put_folder_there(world: World, file: Path, draw: Draw) -> None:
    content = file.read_bytes()
    file.unlink()
    file.mkdir()
    if draw(st.booleans()):
        (file / file.name).write_bytes(content)


def change_what_landed(world: World, draw: Draw) -> None:
    """An earlier day's file is another one now: cut off, changed, gone or doubled."""
    table = draw(st.sampled_from(CSV))
    file = world.file(table, DAYS[0])
    text = text_of(file)
    match draw(st.sampled_from(("cut", "flipped", "gone", "beside"))):
        case "cut":
            put(file, text[: draw(st.integers(1, len(text) - 1))])
        case "flipped":
            place = draw(st.integers(0, len(text) - 1))
            put(file, text[:place] + bytes([text[place] ^ draw(st.integers(1, 255))]) + text[place + 1 :])
        case "gone":
            file.unlink()
        case _:
            copy_beside(world, file, draw)


def do_two(world: World, draw: Draw) -> None:
    for way in draw(
        st.lists(st.sampled_from((flip_bytes, put_in_nul, break_quotes, truncate)), min_size=2, max_size=2)
    ):
        way(world, draw)


WAYS: dict[str, Callable[[World, Draw], None]] = {
    "truncated": truncate,
    "flipped bytes": flip_bytes,
    "wrong encoding": encode_otherwise,
    "swapped columns": swap_columns,
    "huge values": put_in_huge_values,
    "huge lines": make_huge_lines,
    "NUL": put_in_nul,
    "SQL in strings": put_in_sql,
    "file names": name_otherwise,
    "quotes and line ends": break_quotes,
    "another format": write_another_format,
    "a landed day": change_what_landed,
    "two at once": do_two,
}
