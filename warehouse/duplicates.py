"""Rows of a key that is known already. The rule:

- An ordinary row of an event whose key came before, on an earlier day or earlier in the same delivery, is a duplicate.
- An ordinary row of an entity is a duplicate only of another one of the same key and day.
- A declared change (`correction`, `deletion`) is no duplicate of the row it changes; of several changes of a key on one
  day the last one delivered counts.

"Earlier" is by day, then by file and line, then by the values, so that a delivery read again gives the same answer.
Keys are compared in two steps: hashes that occur more than once make `suspects`, few enough to be compared in full.
"""

from typing import Any

from warehouse.arrival import Arrival
from warehouse.contract import Table
from warehouse.enforcement import key_columns, typed

REASON = "a row of the same key was delivered before"
REPLACED = "another change of the same key was delivered later that day"


class Keys:
    """The keys of a delivery that are in doubt, in the temporary tables `suspects` (hashes that occur more than once)
    and `seen` (keys that landed before, among the suspects)."""

    def __init__(self, arrival: Arrival, has_history: bool) -> None:
        self.arrival, self.table, self.has_history = arrival, arrival.table, has_history
        keys = ", ".join(f"{column.name} {column.sql_type}" for column in key_columns(self.table))
        arrival.run(f"create or replace temp table seen ({keys})")
        self.is_looked_through = False

    def run_for_span(self, sql: str) -> None:
        span = self.arrival.span
        self.arrival.run(sql, {"first": span.first, "last": span.last})

    def suspect(self) -> None:
        """Fill the tables for the batch in `delivered`; those of an event in many batches are filled once for all."""
        if self.table.kind == "entity" or not self.arrival.is_in_batches:
            self.suspect_batch()
        elif not self.is_looked_through:
            self.suspect_everything()
            self.is_looked_through = True

    def suspect_batch(self) -> None:
        hashed = hashed_key(self.table)
        self.replace_suspects(f"select {hashed} as suspect from delivered group by all having count(*) > 1")
        if self.has_history and self.table.kind == "event":
            self.run_for_span(f"insert into seen {find_repeated(self.table)}")
            self.arrival.run(f"insert into suspects select hash({names_of(self.table)}) from seen")

    def suspect_everything(self) -> None:
        rows, values = self.arrival.keys()
        landed = f"union all {landed_keys(self.table)}" if self.has_history else ""
        keys = f"{typed_keys(self.table, rows)} {landed}"
        span = {"first": self.arrival.span.first, "last": self.arrival.span.last} if self.has_history else {}
        twice = f"select hash({names_of(self.table)}) as suspect from ({keys}) group by all having count(*) > 1"
        self.replace_suspects(twice, values | span)
        if self.has_history:
            self.run_for_span(f"insert into seen {find_landed_suspects(self.table)}")

    def replace_suspects(self, sql: str, values: dict[str, Any] | None = None) -> None:
        self.arrival.run(f"create or replace temp table suspects as {sql}", values)

    def remember(self) -> None:
        """Note the suspected keys that the batch lands, for the batches behind it."""
        if self.arrival.is_in_batches and self.table.kind == "event":
            good = "(from delivered anti join problems on delivered.rowid = problems.row_id)"
            is_suspected = f"where {hashed_key(self.table)} in (from suspects)"
            self.arrival.run(f"insert into seen {typed_keys(self.table, good)} {is_suspected}")


def key_of(table: Table) -> list[str]:
    """What no two rows may share; an entity may come again on a later day."""
    keys = [typed(column) for column in key_columns(table)]
    return [*keys, "day"] if table.kind == "entity" else keys


def hashed_key(table: Table) -> str:
    return f"hash({', '.join(key_of(table))})"


def names_of(table: Table) -> str:
    return ", ".join(table.key)


def typed_keys(table: Table, rows: str) -> str:
    """SQL for the keys of rows, typed and under their names."""
    columns = ", ".join(f"{typed(column)} as {column.name}" for column in key_columns(table))
    return f"select {columns} from {rows}"


def landed_keys(table: Table) -> str:
    """SQL for what landed on days outside `$first` to `$last`; a change behind them does not stand in the way."""
    later = "day > $last and change is null" if table.changes else "day > $last"
    return f"select {names_of(table)} from landing.{table.name} where day < $first or {later}"


def find_repeated(table: Table) -> str:
    """SQL for the keys of a batch that have landed: the batch is the smaller side, so that most files are skipped."""
    names, batch = names_of(table), typed_keys(table, "delivered")
    return f"select distinct {names} from ({landed_keys(table)}) semi join ({batch}) using ({names})"


def find_landed_suspects(table: Table) -> str:
    """SQL for the suspected keys that have landed."""
    names = names_of(table)
    return f"select distinct {names} from ({landed_keys(table)}) where hash({names}) in (from suspects)"


def find_duplicates(table: Table) -> str:
    """SQL for the rows of a batch that repeat a key, given `suspects` and the keys already `seen`."""
    change = "change" if table.changes else "null"
    columns = ", ".join(column.name for column in table.landed)
    return f"""
        with good as (select rowid as row_id, * from delivered anti join problems on delivered.rowid = problems.row_id),
        suspected as (
            select *, {change} is not null as is_change, row({", ".join(key_of(table))}) as repeated_key
            from good where {hashed_key(table)} in (from suspects)
        ),
        ranked as (
            select row_id, is_change, repeated_key,
                row_number() over (partition by repeated_key order by day, is_change, file, line, {columns}) as place,
                row_number() over (
                    partition by repeated_key, day, is_change order by file desc, line desc, {columns}
                ) as place_from_last
            from suspected
        )
        select row_id, 'duplicate_key' as code, if(is_change, '{REPLACED}', '{REASON}') as reason
        from ranked
        where if(is_change, place_from_last > 1, place > 1 or {was_seen(table)})
    """


def was_seen(table: Table) -> str:
    return f"repeated_key in (select row({names_of(table)}) from seen)" if table.kind == "event" else "false"
