"""What a day's decisions are read from."""

from datetime import date
from pathlib import Path

import pytest

from ml.deciding import world
from warehouse.connection import writing

DAY = date(2024, 5, 1)
EXPOSURES = """
    create schema if not exists staging;
    create table staging.stg_shop__exposures as
    select * from (values
        ('a', 'o', date '2024-04-30', 'treatment'), ('b', 'o', date '2024-04-30', 'holdout'),
        ('c', 'o', date '2024-04-30', null), ('d', 'o', date '2024-04-30', 'control')
    ) as rows(customer_id, offer_id, exposure_date, arm)
"""


def test_who_was_held_out_by_the_shop_was_not_contacted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    with writing() as connection:
        connection.execute(EXPOSURES)
    contacts = world.CONTACTS.format(offers="select '' as offer_id")
    assert world.read(contacts, DAY, window_days=7)["customer_id"].tolist() == ["a", "c"]
