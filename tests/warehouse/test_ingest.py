"""Ingest on the tiny world: what lands, what does not, and what happens when it is asked again."""

from tests.tiny_world.world import TinyWorld
from warehouse import contract, tables


def count(table: str) -> int:
    return int(tables.read(f"select count(*) as n from {table}").to_pylist()[0]["n"])


def test_every_contract_table_has_landed(tiny_world: TinyWorld) -> None:
    assert {table for table in contract.load() if count(f"landing.{table}") == 0} == set()


def test_dirty_rows_are_in_quarantine_with_their_reason(tiny_world: TinyWorld) -> None:
    sql = " union all ".join(
        f"select '{table}' as name, reason, file, count(*) as n from quarantine.{table} group by all"
        for table in contract.load()
    )
    found = tables.read(sql).to_pylist()
    assert {(row["name"], row["reason"]): row["n"] for row in found} == tiny_world.expected_quarantine
    assert {row["file"] for row in found} == {f"{table}.csv" for table, _ in tiny_world.expected_quarantine}
