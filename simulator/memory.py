"""What dirt needs from day to day: a few rows of earlier deliveries, and rows that are still to come."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

MOST_EARLIER = 200  # rows of a table, so that memory does not grow with the days
DUE = "due"


@dataclass
class Memory:
    """Rows by table: `earlier` ones were delivered; `late` ones and `deletions` carry the day they are due on."""

    earlier: dict[str, pa.Table] = field(default_factory=dict)
    late: dict[str, pa.Table] = field(default_factory=dict)
    deletions: dict[str, pa.Table] = field(default_factory=dict)

    def keep_earlier(self, name: str, rows: pa.Table) -> None:
        known = [self.earlier[name]] if name in self.earlier else []
        rows = pa.concat_tables([*known, rows], promote_options="permissive")
        self.earlier[name] = rows.slice(max(rows.num_rows - MOST_EARLIER, 0)).combine_chunks()

    def write(self, folder: Path) -> None:
        """Keep everything in files, for a later process that goes on with the next day."""
        shutil.rmtree(folder, ignore_errors=True)
        for kind, tables in vars(self).items():
            for name, table in tables.items():
                (folder / kind).mkdir(parents=True, exist_ok=True)
                pq.write_table(table, folder / kind / f"{name}.parquet")

    @classmethod
    def read(cls, folder: Path) -> "Memory":
        kinds = (sorted((folder / kind).glob("*.parquet")) for kind in ("earlier", "late", "deletions"))
        return cls(*({file.stem: pq.read_table(file) for file in files} for files in kinds))


def put_aside(waiting: dict[str, pa.Table], name: str, rows: pa.Table, due: pa.Array) -> None:
    if not rows.num_rows:
        return
    dated = rows.append_column(DUE, due)
    known = [waiting[name]] if name in waiting else []
    waiting[name] = pa.concat_tables([*known, dated], promote_options="permissive")


def take_due(waiting: dict[str, pa.Table], day: date) -> Mapping[str, pa.Table]:
    """Rows whose day has come, by table; they are waiting no longer."""
    due = {}
    for name, rows in waiting.items():
        has_come = pc.less_equal(rows[DUE], pa.scalar(day))
        due[name] = rows.filter(has_come).drop_columns([DUE])
        waiting[name] = rows.filter(pc.invert(has_come))
    return {name: rows for name, rows in due.items() if rows.num_rows}
