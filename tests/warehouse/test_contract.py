"""The contract as data, and each kind of its rules on single values."""

import hashlib
import hmac
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from warehouse import contract, enforcement, pii
from warehouse.columns import ACCEPTED, check_columns, family
from warehouse.contract import Column, Table
from warehouse.errors import BadInput


def test_parents_come_before_the_tables_that_refer_to_them() -> None:
    seen: list[str] = []
    for table in contract.load().values():
        assert {column.references for column in table.parents} <= set(seen)
        seen.append(table.name)


def test_a_circle_of_references_is_told(tmp_path: Path) -> None:
    def refers_to(other: str) -> dict[str, Any]:
        column = {"type": "varchar", "references": other, "on_missing": "quarantine"}
        return {"kind": "event", "key": ["id"], "columns": {"id": column}}

    file = tmp_path / "contract.yml"
    file.write_text(yaml.safe_dump({"a": refers_to("b"), "b": refers_to("a")}))
    with pytest.raises(ValueError, match="in a circle"):
        contract.load(file)


def test_what_is_dropped_never_lands() -> None:
    landed = {column.name for column in contract.load()["customers"].landed}
    assert "name" not in landed
    assert {"email", "phone", "address"} <= landed


@pytest.mark.parametrize("table", contract.load().values(), ids=lambda table: table.name)
def test_every_table_of_the_contract_is_consistent(table: Table) -> None:
    columns = {column.name: column for column in table.columns}
    assert set(table.key) <= set(columns)
    assert not any(columns[name].nullable or columns[name].pii in {"drop", "refuse"} for name in table.key)
    assert {column.pii for column in table.columns} <= {None, "hash", "drop", "refuse"}
    assert table.changes or table.kind == "event"
    assert table.event_date is None or columns[table.event_date].type == "date"
    assert all(column.type in ACCEPTED for column in table.columns)


QUANTITY = Column("value", "double", nullable=False, above=0)
AMOUNT = Column("value", "decimal", min=0)
SHARE = Column("value", "double", min=0, max=1)
LINE = Column("value", "bigint", min=1)
BRAND = Column("value", "varchar", values=("national", "private"))
DAY = Column("value", "date", nullable=False)
MOMENT = Column("value", "timestamp")
NAME = Column("value", "varchar", nullable=False)
FLAG = Column("value", "boolean")


def reason(column: Column, literal: str) -> str | None:
    """The reason a value of SQL gets, None where the contract accepts it."""
    table = Table("things", "event", ("value",), None, (column,))
    with duckdb.connect() as connection:
        connection.execute(f"create temp table delivered as select {literal} as value, date '2024-01-01' as day")
        kind = connection.execute("select typeof(value) from delivered").fetchall()[0][0]
        check_columns(table, {"value": kind, "day": "DATE"}, "a source")
        found = connection.execute(enforcement.find_breaches(table, {"value": family(kind)})).fetchall()
    return found[0][2] if found else None


@pytest.mark.parametrize(
    ("column", "literal", "expected"),
    [
        (QUANTITY, "1", None),
        (QUANTITY, "'0.5'", None),
        (QUANTITY, "0", "value is not above 0"),
        (QUANTITY, "null::double", "value is missing"),
        (QUANTITY, "''", "value is missing"),
        (QUANTITY, "'two'", "value is not of type double"),
        (QUANTITY, "'nan'::double", "value is not a finite number"),
        (QUANTITY, "'inf'", "value is not a finite number"),
        (AMOUNT, "0::decimal(18, 2)", None),
        (AMOUNT, "-0.01", "value is below 0"),
        (AMOUNT, "1e30", "value is not of type decimal"),
        (AMOUNT, "null::double", None),
        (SHARE, "1.0", None),
        (SHARE, "1.01", "value is above 1"),
        (LINE, "1", None),
        (LINE, "'1'", None),
        (LINE, "1.5", "value is not a whole number"),
        (LINE, "'1.5'", "value is not a whole number"),
        (LINE, "0", "value is below 1"),
        (BRAND, "'private'", None),
        (BRAND, "'own'", "value is none of national, private"),
        (BRAND, "null::varchar", None),
        (DAY, "timestamp '2024-01-01 10:00'", None),
        (DAY, "'2024-02-30'", "value is not of type date"),
        (MOMENT, "'2024-01-01 10:00'", None),
        (MOMENT, "'noon'", "value is not of type timestamp"),
        (NAME, "7", None),
        (NAME, "''", "value is missing"),
        (FLAG, "'perhaps'", "value is not of type boolean"),
        (FLAG, "'true'", None),
    ],
)
def test_a_value_gets_its_reason(column: Column, literal: str, expected: str | None) -> None:
    assert reason(column, literal) == expected


@pytest.mark.parametrize(
    ("column", "literal"),
    [(QUANTITY, "date '2024-01-01'"), (DAY, "20240101"), (MOMENT, "date '2024-01-01'"), (NAME, "1.5"), (FLAG, "1")],
)
def test_a_column_of_another_type_is_refused(column: Column, literal: str) -> None:
    with pytest.raises(BadInput, match=f"the column value of things is .*, the contract says {column.type}"):
        reason(column, literal)


@pytest.mark.parametrize(
    ("delivered", "words"),
    [
        ({"day": "DATE"}, r"the column order_id of order_items is missing \(and line_number, product_id, .*\)"),
        (dict.fromkeys((c.name for c in contract.load()["order_items"].columns), "VARCHAR"), "the column day of"),
    ],
)
def test_a_delivery_with_other_columns_is_refused(delivered: dict[str, str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        check_columns(contract.load()["order_items"], delivered, "a source")


def test_customers_are_pseudonymous_in_every_table() -> None:
    classes = {
        column.pii for table in contract.load().values() for column in table.columns if column.name == "customer_id"
    }
    assert classes == {"hash"}


def test_a_row_of_a_table_with_changes_says_what_it_is() -> None:
    tables = contract.load()
    assert tables["orders"].landed[-1] == contract.CHANGE
    assert contract.CHANGE not in tables["events"].landed


def test_a_pseudonym_is_the_first_80_bits_of_hmac_sha256() -> None:
    for secret in (b"short", b"long" * 40):
        with duckdb.connect() as connection:
            sql = f"select {pii.hash_sql('column0')} from (values ($value)) as t(column0)"
            hashed = connection.execute(sql, {"value": "a@b.c", **pii.pads(secret)}).fetchall()[0][0]
        assert hashed == hmac.new(secret, b"a@b.c", hashlib.sha256).hexdigest()[: 80 // 4]
        assert pii.pseudonym("a@b.c", secret) == hashed


def test_nobody_has_no_hash() -> None:
    with duckdb.connect() as connection:
        sql = f"select {pii.hash_sql('x')} is null from (values (null::varchar), ('')) as t(x)"
        assert connection.execute(sql, pii.pads(b"key")).fetchall() == [(True,), (True,)]


def test_the_key_of_a_data_folder_is_its_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMOLIFT_PII_KEY", raising=False)
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    key = pii.key()
    assert len(key) == 64
    assert pii.key() == key
    assert (tmp_path / "pii.key").stat().st_mode & 0o777 == 0o600


def test_a_deletion_may_hold_no_personal_text_either() -> None:
    customers = contract.load()["customers"]
    values = {column.name: "null::varchar" for column in customers.landed}
    values |= {"customer_id": "'a pseudonym'", "change": "'deletion'", "region": "'write to a@example.org'"}
    row = ", ".join(f"{value} as {name}" for name, value in values.items())
    with duckdb.connect() as connection:
        connection.execute(f"create temp table delivered as select {row}, date '2024-01-01' as day")
        rules = enforcement.find_breaches(customers, dict.fromkeys(values, "text"))
        assert [code for _, code, _ in connection.execute(rules).fetchall()] == ["personal_data"]
