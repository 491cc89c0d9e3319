"""Files in a bucket, against a real server that speaks S3 on loopback."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from tests.sources.test_formats import EXAMPLES
from warehouse import bucket, ingest, landing, settings, sources, tables
from warehouse.connection import in_memory
from warehouse.errors import BadInput, NotAvailable, StorageFailed

pytestmark = pytest.mark.integration

FIRST_DAY = date(2024, 3, 1)
KEYS = {"AWS_ACCESS_KEY_ID": "promolift", "AWS_SECRET_ACCESS_KEY": "tiger-Balm/17+x'y", "AWS_REGION": "eu-central-1"}
HEADER = "product_id,competitor,price_date,price\n"


@dataclass(frozen=True)
class Bucket:
    client: Any
    name: str

    def put(self, day: date, *prices: float) -> None:
        lines = "".join(f"p{number},there,{day},{price}\n" for number, price in enumerate(prices))
        self.client.put_object(
            Bucket=self.name, Key=f"in/prices/day={day}/prices 1.csv", Body=(HEADER + lines).encode()
        )


@pytest.fixture
def shop(bucket_server: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A shop that delivers into a bucket: two days lie there."""
    for variable, value in (KEYS | {"AWS_ENDPOINT_URL": bucket_server}).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    name = f"shop-{abs(hash(request.node.name)):x}"
    client = boto3.client("s3", endpoint_url=bucket_server, region_name="eu-central-1")
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    mapping = tmp_path / "sources" / "faraway"
    mapping.mkdir(parents=True)
    entry = {"title": "A shop", "terms": "Its own.", "time_zone": "UTC", "first_day": FIRST_DAY}
    (mapping / "source.yml").write_text(yaml.safe_dump(entry | {"files": {"environment": "PROMOLIFT_INBOX"}}))
    (mapping / "competitor_prices.sql").write_text(EXAMPLES["One folder per day"])
    monkeypatch.setenv("PROMOLIFT_INBOX", f"s3://{name}/in/")
    monkeypatch.setenv("PROMOLIFT_SOURCES", str(tmp_path / "sources"))
    monkeypatch.setenv("PROMOLIFT_SOURCE", "faraway")
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path / "data"))
    delivered = Bucket(client, name)
    delivered.put(FIRST_DAY, 1.5, 2.5)
    delivered.put(FIRST_DAY + timedelta(days=1), 3.5)
    return delivered


def run(days: int = 2, replace: bool = False) -> None:
    ingest.run(FIRST_DAY + timedelta(days=days), replace=replace)


def landed() -> list[tuple[int, float]]:
    sql = "select day(day) as day, price::double as price from landing.competitor_prices order by all"
    return [(row["day"], row["price"]) for row in tables.read(sql).to_pylist()]


def test_files_of_a_bucket_land_like_others(shop: Bucket) -> None:
    run()
    assert landed() == [(1, 1.5), (1, 2.5), (2, 3.5)]


def test_a_broken_row_is_quarantined_with_its_place_in_the_bucket(shop: Bucket) -> None:
    shop.put(FIRST_DAY, 1.5, -2.5)
    run()
    sql = "select reason_code, file, line from quarantine.competitor_prices"
    place = f"prices/day={FIRST_DAY}/prices 1.csv"
    assert tables.read(sql).to_pylist() == [{"reason_code": "out_of_range", "file": place, "line": 3}]


def test_a_new_day_is_landed_and_the_same_delivery_is_not(shop: Bucket) -> None:
    run()
    before = landing.committed()
    shop.put(FIRST_DAY + timedelta(days=2), 4.5)
    run(3)
    assert landed()[-1] == (3, 4.5)
    assert {day: manifest for day, manifest in landing.committed().items() if day in before} == before


def test_a_changed_delivery_is_refused_until_it_is_wanted(shop: Bucket) -> None:
    run()
    shop.put(FIRST_DAY, 1.5, 2.5, 9.5)
    with pytest.raises(BadInput, match=r"delivers competitor_prices of 2024-03-01 differently .* --replace"):
        run()
    assert landed() == [(1, 1.5), (1, 2.5), (2, 3.5)]
    run(replace=True)
    assert landed() == [(1, 1.5), (1, 2.5), (1, 9.5), (2, 3.5)]


def test_keys_are_written_nowhere(shop: Bucket) -> None:
    run()
    content = b"".join(file.read_bytes() for file in settings.load().data.rglob("*") if file.is_file())
    assert KEYS["AWS_SECRET_ACCESS_KEY"].encode() not in content


def test_keys_are_not_told_to_sql(shop: Bucket) -> None:
    with in_memory() as connection:
        bucket.open_bucket(connection, sources.load().address)
        known = str(connection.execute("from duckdb_secrets()").fetchall())
    assert "key_id=promolift" in known
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in known


def test_an_empty_folder_of_a_bucket_is_told(shop: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_INBOX", f"s3://{shop.name}/elsewhere")
    with pytest.raises(NotAvailable, match=f"^there are no files in s3://{shop.name}/elsewhere$"):
        run()


def test_a_bucket_that_is_not_there_is_told(shop: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_INBOX", "s3://no-such-bucket/in")
    with pytest.raises(NotAvailable, match=r"^there is no bucket for s3://no-such-bucket/in\Z"):
        run()


def test_a_server_that_is_down_is_told_and_nothing_changes(shop: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(StorageFailed, match=f"^s3://{shop.name}/in cannot be read: the server does not answer$"):
        run(3)
    assert landed() == [(1, 1.5), (1, 2.5), (2, 3.5)]


@pytest.mark.parametrize("endpoint", ["http://objects.example.com", "http://10.0.0.5:9000"])
def test_keys_are_never_sent_in_clear_to_another_machine(endpoint: str) -> None:
    with pytest.raises(BadInput, match="AWS_ENDPOINT_URL would send keys and data unencrypted; write https://"):
        bucket.endpoint_options(endpoint)


@pytest.mark.parametrize("endpoint", ["objects.example.com", "ftp://objects.example.com", "https://"])
def test_an_address_that_is_none_is_told(endpoint: str) -> None:
    with pytest.raises(BadInput, match="AWS_ENDPOINT_URL is no address such as https"):
        bucket.endpoint_options(endpoint)


def test_an_address_without_a_bucket_is_told() -> None:
    with pytest.raises(BadInput, match="s3:///folder names no bucket; write s3://bucket/folder"):
        bucket.bucket_of("s3:///folder")
