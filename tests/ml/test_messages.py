"""What is read of earlier messages: contacts by channel, answers by channel and hour, what partners owe."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from ml.deciding import messages, rulebook
from ml.deciding.response import shrink_rates
from warehouse import contract
from warehouse.connection import writing

DAY = date(2024, 5, 10)
SHOP = """
    insert into staging.stg_shop__exposures by name
    select * from (values
        -- two offers of one message, in Berlin at ten; answered by an order within a day
        ('a', 'o1', timestamp '2024-05-01 08:00:00', date '2024-05-01', 'app', 'treatment'),
        ('a', 'o2', timestamp '2024-05-01 08:00:00', date '2024-05-01', 'app', 'treatment'),
        -- answered by its offer on the next day; no order is recorded
        ('a', 'o1', timestamp '2024-05-03 16:00:00', date '2024-05-03', 'crm', null),
        -- not answered: the order came two days later
        ('b', 'o1', timestamp '2024-05-01 08:00:00', date '2024-05-01', 'app', 'exploration'),
        -- withheld, too young, without a channel
        ('b', 'o1', timestamp '2024-05-02 08:00:00', date '2024-05-02', 'app', 'holdout'),
        ('b', 'o1', timestamp '2024-05-09 08:00:00', date '2024-05-09', 'app', 'treatment'),
        ('b', 'o1', timestamp '2024-05-04 08:00:00', date '2024-05-04', null, 'treatment')
    ) as rows(customer_id, offer_id, exposed_at, exposure_date, channel, arm);
    insert into staging.stg_shop__orders by name
    select * from (values ('a', timestamp '2024-05-01 20:00:00'), ('b', timestamp '2024-05-03 09:00:00'))
        as rows(customer_id, ordered_at);
    insert into staging.stg_shop__redemptions by name
    select * from (values
        ('a', 'o1', date '2024-05-04', 10.0, 'r1'), ('b', 'o1', date '2024-05-06', 4.0, 'r2'),
        ('b', 'o2', date '2024-05-06', 4.0, 'r3'), ('a', 'o1', date '2024-03-01', 99.0, 'r4')
    ) as rows(customer_id, offer_id, redemption_date, discount_amount, redemption_id);
    insert into staging.stg_shop__offers by name
    select * from (values ('o1', 0.25::double), ('o2', 1.0)) as rows(offer_id, shop_funded_rate);
    insert into staging.stg_shop__offer_terms by name
    select * from (values ('o1', 'p'), ('o2', 'p')) as rows(offer_id, partner_id);
    insert into staging.stg_shop__partners by name
    select 'p' as partner_id, 100 as budget, date '2024-05-01' as start_date;
    insert into ml.assignments by name
    select * from (values
        (date '2024-05-09', 'a', 'o1', 'app', 'treatment', 1.5, date '2024-05-20'),
        (date '2024-05-09', 'b', 'o1', 'crm', 'holdout', 7.0, date '2024-05-20'),
        (date '2024-05-08', 'b', 'o1', 'app', 'treatment', 5.0, date '2024-05-09'),
        (date '2024-03-08', 'c', 'o1', 'app', 'treatment', 0.5, date '2024-05-10')
    ) as rows(day, customer_id, offer_id, channel, arm, expected_partner_cost, valid_until);
    update ml.assignments set propensity = 0.2;
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    with writing() as connection:
        connection.execute("create schema if not exists staging")
        for table in contract.load().values():
            columns = ", ".join(f"{column.name} {column.sql_type}" for column in table.landed)
            connection.execute(f"create table staging.stg_shop__{table.name} ({columns}, day date)")
        connection.execute(SHOP)


def test_a_message_is_answered_by_an_order_within_a_day_or_the_use_of_an_offer(shop: None) -> None:
    rows = messages.read_responses(DAY, 365, "Europe/Berlin")
    assert rows.to_numpy().tolist() == [["a", "app", 10, 1, 1], ["a", "crm", 18, 1, 1], ["b", "app", 10, 1, 0]]


def test_what_lies_before_the_history_is_not_read(shop: None) -> None:
    assert messages.read_responses(DAY, 8, "Europe/Berlin")["channel"].tolist() == ["crm"]


def test_contacts_count_on_their_channel_and_withheld_ones_too(shop: None) -> None:
    rows = messages.read_channel_contacts(DAY, 3)
    seen = {(row.customer_id, row.channel, row.contact_date.day) for row in rows.itertuples()}
    assert seen == {("a", "app", 9), ("b", "crm", 9), ("b", "app", 9), ("b", "app", 8)}


def test_a_partner_owes_its_part_since_its_first_day_and_what_is_still_open(shop: None) -> None:
    rules = rulebook.read_rulebook(DAY)
    (row,) = rules.partners.to_dict("records")
    assert row["used"] == pytest.approx((10 + 4) * 0.75)  # of o2 it pays nothing
    # not what was withheld, not what has ended; what was given two months ago may be used until today
    assert row["committed"] == pytest.approx(1.5 + 0.5)
    assert row["committed_variance"] == pytest.approx(0.8 / 0.2 * (1.5**2 + 0.5**2))
    assert row["is_paying"]
    assert not rules.is_empty
    assert rules.offer_menus.empty


def test_customers_who_differ_by_chance_alone_are_given_the_shops_rate() -> None:
    chance = np.random.default_rng(3)
    count = np.full((400, 1), 20.0)
    alike = chance.binomial(20, 0.3, (400, 1)).astype(float)
    rates = shrink_rates(count, alike, 1)
    assert rates.std() < 0.02
    own = chance.beta(3, 7, (400, 1))
    various = shrink_rates(count, chance.binomial(20, own).astype(float), 1)
    assert np.corrcoef(various.ravel(), own.ravel())[0, 1] > 0.8
    assert ((various - own) ** 2).mean() < ((various.mean() - own) ** 2).mean()
