"""What the data folder holds, and answers to single questions."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from warehouse import compact, faults, landing, redelivery, settings
from warehouse.connection import locked_down, reading

UNLIMITED = 1_000_000  # columns of a line that no terminal shows
RUNS = """
    select runs.day, count(stages.stage) as stages, round(sum(stages.seconds)) as seconds, runs.data_fingerprint
    from ml.runs as runs left join ml.run_stages as stages using (day)
    group by all order by runs.day desc limit 10
"""


def show_status(console: Console) -> None:
    """Days landed, the newest runs, and how large the files are."""
    installation = settings.load()
    days = list(landing.committed())
    landed = f"{len(days)} days, {days[0]} to {days[-1]}" if days else "nothing"
    source = redelivery.known_state().get("source", installation.source)
    console.print(f"data folder  {installation.data}", soft_wrap=True, highlight=False)
    console.print(f"landed       {landed} (source {source})", highlight=False)
    for name in ("landing", "quarantine", "warehouse", "published", "models", "reports"):
        console.print(f"{name:<12} {size_of(installation.data / name) / 1e6:>10,.1f} MB", highlight=False)
    if installation.warehouse.exists():
        with reading() as connection:
            total, free = compact.count_blocks(connection)
            console.print(
                f"{'free':<12} {100 * free / max(total, 1):>10.0f} % of the warehouse's file", highlight=False
            )
            result = connection.execute(RUNS)
            show_rows(console, [column[0] for column in result.description], result.fetchall())


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def answer(sql: str, published: bool, console: Console) -> None:
    """Run one query read-only; on the published file nothing but its own tables can be reached."""
    database = locked_down(settings.load().published) if published else reading()
    with database as connection, faults.explained(), faults.asked():
        result = connection.execute(sql)
        show_rows(console, [column[0] for column in result.description or []], result.fetchall())


def show_rows(console: Console, names: list[str], rows: list[tuple[Any, ...]]) -> None:
    """A table; on a terminal too narrow for it one line per column and row; whole cells in a file or a pipe."""
    table = Table(*names)
    for row in rows:
        table.add_row(*(text_of(value) for value in row))
    width = Measurement.get(console, console.options.update(max_width=UNLIMITED), table).maximum
    if width <= console.width:
        console.print(table, highlight=False)
    elif console.is_terminal:
        show_records(console, names, rows)
    else:
        Console(file=console.file, width=width).print(table, highlight=False)


def show_records(console: Console, names: list[str], rows: list[tuple[Any, ...]]) -> None:
    longest = max(map(len, names))
    for row in rows:
        console.rule(style="dim")
        for name, value in zip(names, row, strict=True):
            console.print(f"[bold]{escape(name):<{longest}}[/bold]  {text_of(value)}", soft_wrap=True, highlight=False)


def text_of(value: Any) -> str:
    return "" if value is None else escape(str(value))
