"""Write the tiny world as the CSV files a shop would deliver; the same bytes every time."""

import csv
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

from tests.tiny_world.catalogue import Rows, add_campaigns, add_catalogue, add_customers, add_rules
from tests.tiny_world.dirt import add_dirt
from tests.tiny_world.lives import live
from tests.tiny_world.people import LAST_DAY

SEED = 7  # what is in a basket; who buys when follows from the kinds alone


def write(folder: Path) -> dict[tuple[str, str], int]:
    """Write one CSV per contract table; gives the rows that belong into quarantine by table and reason."""
    rows: Rows = defaultdict(list)
    add_catalogue(rows)
    add_customers(rows)
    add_campaigns(rows)
    add_rules(rows)
    live(rows, Random(SEED))
    expected = add_dirt(rows)
    folder.mkdir(parents=True, exist_ok=True)
    for table, entries in rows.items():
        write_table(folder / f"{table}.csv", [entry for entry in entries if entry["day"] <= LAST_DAY])
    return expected


def write_table(file: Path, rows: list[dict[str, Any]]) -> None:
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
