"""The source for a shop's own database, against a real PostgreSQL server."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.sources.postgres_server import PASSWORD, Server, write_certificate
from warehouse import check_source, database, ingest, landing, pii, reach, settings, sources, tables
from warehouse.arrival import named
from warehouse.connection import in_memory
from warehouse.database import Database
from warehouse.errors import BadInput, NotAvailable, StorageFailed
from warehouse.settings import ROOT

pytestmark = pytest.mark.integration

SOURCE = ROOT / "sources" / "postgres"
VARIABLE = "PROMOLIFT_SHOP_DATABASE"
TABLES = re.findall(r"```sql\n(.*?)```", (SOURCE / "README.md").read_text(), re.DOTALL)[0]

# Times are the shop's own (Berlin, an hour before UTC): 00:30 on the 3rd is 23:30 UTC of the 2nd.
HISTORY = """
    set time zone 'Europe/Berlin';
    insert into customers (full_name, email, region, created_at, updated_at) values
        ('Ann of Nowhere', 'ann@example.org', 'north', '2023-05-01 10:00', '2023-06-01 10:00'),
        ('Bob of Nowhere', 'bob@example.org', 'south', '2024-01-02 09:00', '2024-01-02 09:00');
    insert into products (name, list_price, cost, created_at, updated_at) values
        ('tea', 4.00, 2.00, '2023-05-01 10:00', '2023-05-01 10:00'),
        ('cup', 9.00, 3.00, '2023-05-01 10:00', '2023-05-01 10:00');
    insert into campaigns (name, starts_on, ends_on, created_at, updated_at) values
        ('winter', '2024-01-01', '2024-01-31', '2023-12-20 10:00', '2023-12-20 10:00');
    insert into coupons (campaign_id, kind, discount_type, discount_value, starts_on, ends_on, created_at, updated_at)
        values (1, 'amount_off', 'amount', 1.00, '2024-01-01', '2024-01-31', '2023-12-20 10:00', '2023-12-20 10:00');
    insert into coupon_products (coupon_id, product_id, created_at) values (1, 1, '2023-12-20 10:00');
    insert into consents values (1, 'mail', true, '2023-05-01 10:00'), (2, 'mail', true, '2024-01-02 09:00');
    insert into stock_levels values (1, 'main', '2024-01-01', 10, 0, 3), (1, 'main', '2024-01-02', 9, 0, 3);
    insert into orders (customer_id, channel, payment_token, paid_at, created_at, updated_at) values
        (1, 'web', 'card-1', '2023-12-30 12:00', '2023-12-30 12:00', '2023-12-30 12:00'),
        (1, 'web', 'card-1', '2024-01-01 12:00', '2024-01-01 11:59', '2024-01-01 12:00'),
        (2, 'web', 'card-2', '2024-01-02 12:00', '2024-01-02 11:59', '2024-01-02 12:00'),
        (1, 'app', 'card-1', '2024-01-03 00:30', '2024-01-03 00:30', '2024-01-03 00:30'),
        (2, 'app', null, null, '2024-01-02 13:00', '2024-01-02 13:00');
    insert into order_items values
        (1, 1, 1, 1, 4.00, 0, 0, null), (2, 1, 1, 2, 4.00, 1.00, 0, null), (2, 2, 2, 1, 9.00, 0, 1.00, 1),
        (3, 1, 2, 1, 9.00, 0, 0, null), (4, 1, 1, 1, 4.00, 0, 0, null), (5, 1, 1, 1, 4.00, 0, 0, null);
    insert into redemptions (coupon_id, customer_id, order_id, discount_amount, created_at, updated_at) values
        (1, 1, 2, 1.00, '2024-01-01 12:00', '2024-01-01 12:00');
"""
# On the 3rd: an order gets another channel, one is cancelled, one is paid and cancelled at once, goods come back.
CHANGES = """
    set time zone 'Europe/Berlin';
    update orders set channel = 'store', updated_at = '2024-01-03 08:00' where id = 2;
    update orders set cancelled_at = '2024-01-03 09:00', updated_at = '2024-01-03 09:00' where id = 3;
    update orders set paid_at = '2024-01-03 09:30', cancelled_at = '2024-01-03 10:00', updated_at = '2024-01-03 10:00'
        where id = 5;
    update customers set region = 'west', updated_at = '2024-01-03 11:00' where id = 2;
    update products set deleted_at = '2024-01-03 11:00', updated_at = '2024-01-03 11:00' where id = 2;
    update redemptions set deleted_at = '2024-01-03 11:00', updated_at = '2024-01-03 11:00';
    insert into returns (order_id, customer_id, product_id, quantity, refund_amount, returned_at, updated_at)
        values (2, 1, 1, 1, 3.50, '2024-01-03 12:00', '2024-01-03 12:00');
"""


@dataclass(frozen=True)
class Shop:
    server: Server
    name: str

    def run(self, *statements: str) -> None:
        self.server.run(self.name, *statements)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        return self.server.ask(self.name, sql)

    def address(self, password: str = PASSWORD, database: str = "", port: str = "") -> str:
        address = self.server.address(database or self.name, password)
        return address.replace(f":{self.server.port}/", f":{port}/") if port else address


@pytest.fixture
def shop(
    database_server: Server, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    name = f"shop_{abs(hash(request.node.name)):x}"
    database_server.run("postgres", f"create database {name}")
    database_server.run(name, TABLES, HISTORY)
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PROMOLIFT_SOURCE", "postgres")
    monkeypatch.setenv("PROMOLIFT_PII_KEY", "test")
    monkeypatch.setenv("PGPASSWORD", "")  # what attaching sets is undone after the test
    monkeypatch.setenv(VARIABLE, database_server.address(name))
    yield Shop(database_server, name)
    database_server.run("postgres", f"drop database {name} with (force)")


def landed(table: str, columns: str) -> list[tuple[Any, ...]]:
    rows = tables.read(f"select {columns} from landing.{table} order by all").to_pylist()
    return [tuple(row.values()) for row in rows]


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def customer(identifier: int) -> str:
    return pii.pseudonym(str(identifier), b"test")


def day(number: int) -> date:
    return date(2024, 1, number)


def test_a_first_fill_lands_each_row_on_its_day(shop: Shop) -> None:
    ingest.run(day(3))
    assert landed("orders", "order_id, day, order_date, change") == [
        ("2", day(1), day(1), None),
        ("3", day(2), day(2), None),
    ]
    assert landed("order_items", "order_id, line_number, net_amount::double, offer_id, day") == [
        ("2", 1, 7.0, None, day(1)),
        ("2", 2, 8.0, "1", day(1)),
        ("3", 1, 9.0, None, day(2)),
    ]
    assert landed("redemptions", "redemption_id, campaign_id, order_id, day") == [("1", "1", "2", day(1))]
    assert landed("stock", "day, units_on_hand") == [(day(1), 10.0), (day(2), 9.0)]


def test_what_was_there_before_the_first_day_comes_on_it(shop: Shop) -> None:
    ingest.run(day(3))
    assert set(landed("customers", "customer_id, region, day")) == {
        (customer(1), "north", day(1)),
        (customer(2), "south", day(2)),
    }
    assert [(table, landed(table, "day")) for table in ("products", "campaigns", "offers", "offer_products")] == [
        ("products", [(day(1),), (day(1),)]),
        ("campaigns", [(day(1),)]),
        ("offers", [(day(1),)]),
        ("offer_products", [(day(1),)]),
    ]


def test_changes_of_a_later_day_land_on_that_day(shop: Shop) -> None:
    ingest.run(day(3))
    before = landing.committed()
    shop.run(CHANGES)
    ingest.run(day(4))
    assert {day: manifest for day, manifest in landing.committed().items() if day < date(2024, 1, 3)} == before
    assert set(landed("orders", "order_id, channel, order_date, change, day")) == {
        ("2", "web", day(1), None, day(1)),
        ("3", "web", day(2), None, day(2)),
        ("4", "app", day(3), None, day(3)),
        ("2", "store", day(1), "correction", day(3)),
        ("3", "web", day(2), "deletion", day(3)),
    }
    assert set(landed("order_items", "order_id, line_number, change, day")) == {
        ("2", 1, None, day(1)),
        ("2", 2, None, day(1)),
        ("3", 1, None, day(2)),
        ("4", 1, None, day(3)),
        ("2", 1, "correction", day(3)),
        ("2", 2, "correction", day(3)),
        ("3", 1, "deletion", day(3)),
    }
    assert landed("redemptions", "redemption_id, change, day") == [("1", "deletion", day(3)), ("1", None, day(1))]
    assert landed("returns", "order_id, refund_amount::double, return_date, change") == [("2", 3.5, day(3), None)]
    assert (customer(2), "west", None, day(3)) in landed("customers", "customer_id, region, change, day")
    assert ("2", "deletion", day(3)) in landed("products", "product_id, change, day")


def test_a_first_fill_of_many_days_tells_of_a_change_on_its_day(shop: Shop) -> None:
    shop.run(CHANGES)
    ingest.run(day(4))
    assert set(landed("orders", "order_id, change, day")) == {
        ("2", None, day(1)),
        ("3", None, day(2)),
        ("4", None, day(3)),
        ("2", "correction", day(3)),
        ("3", "deletion", day(3)),
    }


def test_it_is_told_before_anything_is_landed(shop: Shop) -> None:
    findings = {finding.table.name: finding for finding in check_source.look(sources.load(), day(3))}
    mapped = {name for name, finding in findings.items() if finding.is_mapped}
    assert mapped == {file.stem for file in SOURCE.glob("*.sql")}
    assert {finding.hindrance for finding in findings.values()} == {None}
    assert sum(count for finding in findings.values() for *_, count in finding.quarantined) == 0
    assert findings["orders"].rows_by_day == {day(1): 1, day(2): 1, day(3): 1}
    assert not settings.load().data.exists()


def test_nothing_personal_is_landed(shop: Shop) -> None:
    ingest.run(day(3))
    content = b"".join(file.read_bytes() for file in settings.load().data.rglob("*") if file.is_file())
    planted = (b"@example.org", b"of Nowhere", b"card-", PASSWORD.encode())
    assert [word for word in planted if word in content] == []


def rows_sent(shop: Shop) -> dict[str, int]:
    """Rows that left the server since its counts began, by table, as the server itself counts them."""
    sql = """
        select query, rows from pg_stat_statements
        where query like 'COPY%' and dbid = (select oid from pg_database where datname = current_database())
    """
    sent: dict[str, int] = {}
    for query, rows in shop.ask(sql):
        table = re.search(r'from (?:"public".)?"?(\w+)', query, re.IGNORECASE | re.DOTALL)
        name = "order_items" if "order_items" in query else table[1] if table else query
        sent[name] = sent.get(name, 0) + rows
    return sent


def test_only_rows_of_the_wanted_days_leave_the_server(shop: Shop) -> None:
    shop.run(
        """
        insert into orders (customer_id, paid_at, created_at, updated_at)
            select 1, moment, moment, moment
            from generate_series(timestamptz '2022-01-01 12:00Z', '2023-05-15 12:00Z', '1 day') as moment;
        insert into order_items select id, 1, 1, 1, 4.00, 0, 0, null from orders where paid_at < '2023-06-01';
        insert into customers (created_at, updated_at) select '2023-05-01', '2023-05-01' from generate_series(1, 500);
        """,
        "create extension pg_stat_statements",
    )
    ingest.run(day(3))
    assert len(landed("customers", "day")) == 502
    shop.run("select pg_stat_statements_reset()")
    ingest.run(day(4))  # lands the 3rd: one order with one line, read when it was paid and as its own last change
    sent = rows_sent(shop)
    assert sent["orders"] == sent["order_items"] == 2
    assert sum(sent.values()) == 4, sent


def test_times_without_a_zone_are_filtered_by_the_server_as_the_readme_says(shop: Shop) -> None:
    condition = "paid_at >= $first_moment::timestamp"
    assert condition in (SOURCE / "README.md").read_text()
    shop.run(
        "create extension pg_stat_statements",
        "create table sales (paid_at timestamp)",
        "insert into sales values ('2024-01-01 22:59'), ('2024-01-01 23:00'), ('2024-01-02 23:00')",
        "select pg_stat_statements_reset()",
    )
    source = sources.load()
    with in_memory() as connection:
        reach.prepare(connection, source)
        sql = f"select paid_at from shop.sales where {condition} and paid_at < $end_moment::timestamp"
        found = connection.execute(sql, named(sql, source.parameters(day(2), day(2)))).fetchall()
    assert found == [(datetime(2024, 1, 1, 23),)]
    assert rows_sent(shop) == {"sales": 1}


def test_running_again_reads_and_changes_nothing(shop: Shop) -> None:
    ingest.run(day(3))
    before = landing.committed()
    shop.run(CHANGES, "update orders set channel = 'store' where id = 2")
    ingest.run(day(3))
    assert landing.committed() == before


def test_a_landed_day_of_a_database_is_not_landed_again(shop: Shop) -> None:
    ingest.run(day(3))
    with pytest.raises(BadInput, match="postgres is a database, which overwrites its rows: a landed day stays as it"):
        ingest.run(day(3), replace=True)


@pytest.mark.parametrize(
    "statement",
    ["delete from shop.stock_levels", "call postgres_execute('shop', 'delete from stock_levels')"],
)
def test_the_database_cannot_be_changed_through_a_source(shop: Shop, statement: str) -> None:
    with in_memory() as connection:
        reach.prepare(connection, sources.load())
        with pytest.raises(duckdb.Error, match=r"read-only (mode|transaction)"):
            connection.execute(statement)
    assert shop.ask("select count(*) from stock_levels") == [(2,)]


@pytest.mark.parametrize(
    ("wrong", "kind", "sentence"),
    [
        ({"password": "no-such-Secret"}, NotAvailable, "user or password is wrong"),
        ({"database": "no_such_shop"}, NotAvailable, "there is no database of that name"),
        ({"port": "1"}, StorageFailed, "nothing listens there"),
    ],
)
def test_a_database_that_cannot_be_read_is_one_sentence_without_secrets(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], kind: type, sentence: str
) -> None:
    ingest.run(day(3))
    before = files_of(settings.load().landing)
    monkeypatch.setenv(VARIABLE, shop.address(**wrong))
    command = [sys.executable, "-m", "warehouse", "ingest", "--day", "2024-01-04"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == kind.exit_code
    assert done.stderr.splitlines() == [
        f"{kind.__name__}: the database that {VARIABLE} names cannot be read: {sentence}"
    ]
    assert [word for word in (PASSWORD, "no-such-Secret", "127.0.0.1") if word in done.stdout + done.stderr] == []
    assert files_of(settings.load().landing) == before


def test_the_list_of_databases_does_not_tell_the_password(shop: Shop) -> None:
    with in_memory() as connection:
        reach.prepare(connection, sources.load())
        known = str(connection.execute("select * from duckdb_databases()").fetchall())
    assert "127.0.0.1" in known
    assert PASSWORD not in known


@pytest.mark.parametrize("mode", ["require", "verify-full"])
def test_rows_are_read_encrypted(shop: Shop, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setenv(VARIABLE, f"{shop.address()}?sslmode={mode}&sslrootcert={shop.server.certificate}")
    with in_memory() as connection:
        reach.prepare(connection, sources.load())
        assert connection.execute("select count(*) from shop.orders").fetchall() == [(5,)]
        ours = "from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'promolift'"
        assert shop.ask(f"select distinct ssl {ours}") == [(True,)]


def test_a_server_that_cannot_prove_who_it_is_is_not_read(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write_certificate(other)
    monkeypatch.setenv(VARIABLE, f"{shop.address()}?sslmode=verify-full&sslrootcert={other / 'server.crt'}")
    with in_memory() as connection, pytest.raises(NotAvailable, match="its certificate does not prove who it is"):
        reach.prepare(connection, sources.load())


def test_a_server_elsewhere_is_asked_for_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "postgresql://me:secret@db.example.com/shop")
    assert database.read_address(Database("postgres", VARIABLE))["sslmode"] == "require"


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer"])
def test_a_server_elsewhere_is_never_spoken_to_in_clear(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setenv(VARIABLE, f"host=127.0.0.1,db.example.com password=secret sslmode={mode}")
    with pytest.raises(BadInput, match=f"^{VARIABLE} would send data unencrypted; sslmode has to be one of require"):
        database.read_address(Database("postgres", VARIABLE))


@pytest.mark.parametrize("value", ["postgresql:/x:secret@", "host=x pass word=secret", "secret"])
def test_a_broken_connection_string_is_not_repeated(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(BadInput, match=f"^{VARIABLE} is no connection string such as [^;]*$") as raised:
        database.read_address(Database("postgres", VARIABLE))
    assert "secret" not in str(raised.value)


def test_a_missing_connection_string_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(NotAvailable, match=f"the database that {VARIABLE} names cannot be read; it is not set"):
        database.read_address(Database("postgres", VARIABLE))


def test_every_table_of_the_readme_is_read_by_a_file() -> None:
    described = set(re.findall(r"create table (\w+)", TABLES))
    queries = "".join(file.read_text() for file in SOURCE.glob("*.sql"))
    assert described - set(re.findall(r"(?:from|join) (?:shop\.)?(\w+)", queries)) == set()
