"""The stage that recommends, on a warehouse of a few customers: training, lists for everybody, affinity of offers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
import pytest

from ml import recommend
from ml.learning import registry
from ml.models.recommendation import chosen
from ml.models.recommendation.history import read_history
from ml.recommendation_history import read_purchases
from warehouse import tables
from warehouse.connection import writing
from warehouse.errors import NotAvailable

DAY, OPENED = date(2024, 5, 1), date(2024, 4, 3)
GROUPS = ("coffee", "milk", "soap", "tea")
SCHEMA = """
    create table features.customers (
        day date, customer_id varchar, orders_last_365_days bigint, age_band varchar, income_band varchar,
        household_size varchar, household_composition varchar, marital_status varchar, home_ownership varchar,
        children_count varchar, region varchar, acquisition_channel varchar
    );
    create table features.products (
        day date, product_id varchar, department varchar, category varchar, brand varchar, brand_type varchar,
        price double
    );
    create table features.interactions (day date, customer_id varchar, product_id varchar, order_dates date[]);
    create table features.customer_offers (
        day date, customer_id varchar, offer_id varchar, category_orders_last_365_days bigint,
        scope_orders_last_365_days bigint
    );
    create schema if not exists staging;
    create table staging.stg_shop__offer_products (offer_id varchar, product_id varchar, day date);
    create table staging.stg_shop__product_versions (
        product_id varchar, name varchar, subcategory varchar, package_size varchar, launched_on date, day date
    );
    create table staging.stg_shop__events (
        customer_id varchar, session_id varchar, event_type varchar, occurred_at timestamptz, event_date date,
        product_id varchar, query varchar, day date
    );
"""


@dataclass(frozen=True)
class Shop:
    """Forty customers in four groups: each buys its group's products weekly, all but one of them, and fuel.

    Two more per group come late: they look around before the window opens and buy within it. Each group has a product
    that is launched before the window and bought within it, and one launched just before the day. At the end there are
    somebody who only searched for something and somebody of whom nothing is known.
    """

    customers: tuple[str, ...] = tuple(f"{group}{number}" for group in GROUPS for number in range(10))
    late: tuple[str, ...] = tuple(f"{group}-late{number}" for group in GROUPS for number in range(2))
    idle: tuple[str, ...] = ("looker", "newcomer")

    def orders(self) -> Iterator[tuple[str, str, date]]:
        for customer in self.customers:
            group, number = customer[:-1], int(customer[-1])
            for week in range(12):
                ordered_on = date(2024, 2, 7) + timedelta(days=7 * week)
                yield customer, "fuel", ordered_on
                for product in range(10):
                    if product != number and (week + product) % 2 == 0:
                        yield customer, f"{group}-{product}", ordered_on
            yield customer, f"{group}-{number}", DAY - timedelta(days=2)  # at last the one that was missing
            yield customer, f"{group}-launch", DAY - timedelta(days=3)
        for customer in self.late:
            for product in range(4):
                yield customer, f"{customer.split('-')[0]}-{product}", DAY - timedelta(days=9)

    def catalogue(self, day: date) -> pd.DataFrame:
        """Products on sale on a day: product_id, department, category, name and launched_on."""
        groups = [(f"{group}-{number}", group, date(2023, 1, 1)) for group in GROUPS for number in range(10)]
        groups += [(f"{group}-launch", group, OPENED - timedelta(days=10)) for group in GROUPS]
        groups += [(f"{group}-fresh", group, DAY - timedelta(days=5)) for group in GROUPS]
        goods = pd.DataFrame(groups, columns=["product_id", "category", "launched_on"])
        goods = pd.concat([goods, pd.DataFrame([("fuel", "FUEL", date(2023, 1, 1))], columns=goods.columns)])
        goods["department"] = goods["category"].where(goods["category"] == "FUEL", "DRINKS")
        goods["name"] = "fine " + goods["product_id"].str.replace("-", " ")
        return goods[goods["launched_on"] < day].reset_index(drop=True)

    def visits(self) -> pd.DataFrame:
        """customer_id, event_type, day, product_id and query."""
        rows = [(one, "view", OPENED - timedelta(days=3), f"{one.split('-')[0]}-9", None) for one in self.late]
        searched = [("looker", "search", DAY - timedelta(days=4), None, "fine tea")]
        return pd.DataFrame([*rows, *searched], columns=["customer_id", "event_type", "day", "product_id", "query"])


def fill_day(day: date) -> None:
    shop = Shop()
    bought = pd.DataFrame(shop.orders(), columns=["customer_id", "product_id", "order_date"])
    bought = bought[bought["order_date"] < day]
    customers = pd.DataFrame({"customer_id": [*shop.customers, *shop.late, *shop.idle]})
    catalogue = shop.catalogue(day)  # noqa: F841 read by the query below
    pairs = customers.merge(pd.DataFrame({"offer_id": ["everything", "on-coffee", "on-tea"]}), how="cross")
    touched = [
        6 if who in shop.customers and (offer == "everything" or who[:-1] in offer) else 0
        for who, offer in pairs.values
    ]
    pairs = pairs.assign(orders=touched)
    with writing() as connection:
        connection.execute("insert into features.customers by name select ? as day, customer_id from customers", [day])
        connection.execute("update features.customers set orders_last_365_days = 12")
        connection.execute(
            """
            insert into features.products by name
            select ? as day, product_id, department, category from catalogue
            """,
            [day],
        )
        connection.execute(
            """
            insert into features.interactions
            select ?, customer_id, product_id, list_sort(list(order_date::date)) from bought group by all
            """,
            [day],
        )
        connection.execute("insert into features.customer_offers select ?, *, 0 from pairs", [day])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path_factory.mktemp("data")))
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        with writing() as connection:
            connection.execute(SCHEMA)
            connection.execute(
                """
                insert into staging.stg_shop__offer_products
                select 'on-' || kind, kind || '-' || number, date '2024-01-01'
                from (select unnest(['tea', 'coffee']) as kind) cross join range(10) as numbers (number)
                """
            )
            goods, visits = Shop().catalogue(DAY), Shop().visits()
            connection.execute(
                """
                insert into staging.stg_shop__product_versions by name
                select product_id, name, launched_on, launched_on as day from goods
                """
            )
            connection.execute(
                """
                insert into staging.stg_shop__events by name
                select *, day as event_date, day::timestamp as occurred_at, customer_id as session_id from visits
                """
            )
            assert (len(goods), len(visits)) == (49, 9)
        for day in (OPENED, DAY):
            fill_day(day)
        yield Shop()


@pytest.fixture(scope="module")
def version(shop: Shop) -> registry.Version:
    with pytest.raises(NotAvailable, match="no recommendation champion"):
        recommend.score(DAY)
    recommend.train(DAY)
    found = registry.champion_for(recommend.FAMILY, DAY)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def lists(version: registry.Version) -> pd.DataFrame:
    recommend.score(DAY)
    return read_lists()


def read_lists() -> pd.DataFrame:
    return tables.read("select * from ml.recommendations order by all").to_pandas()


pytestmark = pytest.mark.integration


def test_the_champion_beats_the_floor_on_the_window_before_the_day(version: registry.Version) -> None:
    assert (version.metric_value or 0) > (version.floor_value or 1)
    assert version.validation_from == OPENED
    assert version.data_cut == DAY
    assert version.card["metrics"]["recall_novel"]["value"] == 1.0
    roles = tables.read("select role, count(*) as n from ml.models group by all").to_pandas().set_index("role")["n"]
    assert roles.to_dict() == {"champion": 1, "challenger": 11, "floor": 1}


def test_every_known_customer_has_a_list(lists: pd.DataFrame, shop: Shop) -> None:
    assert set(lists["customer_id"]) == {*shop.customers, *shop.late, *shop.idle}
    ranks = lists.groupby("customer_id")["rank"]
    assert (ranks.min() == 1).all()
    assert (ranks.max() == ranks.nunique()).all()
    assert not lists.duplicated(["customer_id", "product_id"]).any()
    assert lists["score"].between(0, 1).all()


def test_what_is_no_good_is_never_recommended(lists: pd.DataFrame) -> None:
    assert "fuel" not in set(lists["product_id"])


def test_somebody_without_purchases_gets_what_is_popular(lists: pd.DataFrame) -> None:
    new = lists[lists["customer_id"] == "newcomer"]
    assert set(new["method"]) == {"popularity"}
    assert set(new["part"]) == {"novel"}
    assert len(new) == 20


def test_somebody_who_only_searched_gets_what_the_words_say(lists: pd.DataFrame, version: registry.Version) -> None:
    parts = version.parameters["parts"]
    assert parts["visitor"] in {"content", "session_transitions"}
    assert parts["newcomer"] == "popularity"
    looker = lists[lists["customer_id"] == "looker"]
    assert set(looker["method"]) == {"content"}
    kinds = looker["product_id"].str.split("-").str[0].value_counts()
    assert (kinds["tea"], kinds.sum()) == (10, 20)  # no more of one category than the cap


def test_a_new_product_is_listed_to_those_who_like_its_kind(lists: pd.DataFrame, version: registry.Version) -> None:
    assert version.parameters["parts"]["new"] == "content"
    assert version.card["metrics"]["recall_new"]["value"] == 1.0
    late = lists["customer_id"].str.startswith("tea-late")  # the others' lists are full of tea up to the cap already
    fresh = lists[lists["product_id"].str.endswith("fresh") & late]
    first = fresh.sort_values("rank").groupby("customer_id")["product_id"].first()
    assert set(first) == {"tea-fresh"}
    assert set(fresh["method"]) == {"content"}
    assert set(fresh["part"]) == {"novel"}


def test_repeats_are_the_groups_own_products(lists: pd.DataFrame) -> None:
    repeat = lists[(lists["part"] == "repeat") & ~lists["customer_id"].str.contains("late")]
    own = [customer[:-1] == product.split("-")[0] for customer, product in repeat[["customer_id", "product_id"]].values]
    assert len(repeat) == 40 * 10
    assert all(own)


def test_lists_name_the_version_that_made_them(lists: pd.DataFrame, version: registry.Version) -> None:
    assert set(lists["model_version"]) == {version.version}


def test_scoring_and_training_again_change_nothing(lists: pd.DataFrame, version: registry.Version) -> None:
    recommend.score(DAY)
    pd.testing.assert_frame_equal(read_lists(), lists)
    recommend.train(DAY)
    assert registry.champion_for(recommend.FAMILY, DAY) == version


def test_the_files_of_the_champion_are_free_of_pickle(version: registry.Version) -> None:
    folder = registry.files_of(recommend.FAMILY, version.version)
    assert {file.suffix for file in folder.rglob("*") if file.is_file()} == {".npz", ".json"}
    assert set(chosen.load(folder).names) == {"repeat", "lapsed", "novel", "visitor", "newcomer", "new"}


def test_affinity_is_highest_for_the_own_groups_offer(lists: pd.DataFrame) -> None:
    offers = ["on-tea", "on-coffee", "everything"]
    pairs = pd.DataFrame(
        {"customer_id": ["tea1"] * 3 + ["coffee4"] * 3 + ["nobody"], "offer_id": offers * 2 + ["on-tea"]}
    )
    found = recommend.affinity_of_pairs(DAY, pairs)
    tea, coffee, nobody = found[:3], found[3:6], found[6]
    assert 1 >= tea[2] >= tea[0] > tea[1] >= 0
    assert 1 >= coffee[2] >= coffee[1] > coffee[0] >= 0
    assert nobody == 0


def test_a_day_before_the_champions_cut_has_no_champion(version: registry.Version) -> None:
    with pytest.raises(NotAvailable, match="no recommendation champion"):
        recommend.score(OPENED)


def test_without_any_purchase_there_is_nothing_to_recommend(shop: Shop) -> None:
    with pytest.raises(NotAvailable, match="nobody has bought anything"):
        recommend.train(date(2024, 1, 1))


def test_without_a_closed_window_popularity_serves_and_says_so(shop: Shop) -> None:
    recommend.train(OPENED)
    young = registry.champion_for(recommend.FAMILY, OPENED)
    assert young is not None
    assert set(young.parameters["parts"].values()) == {"popularity"}
    assert young.metric_value is None
    assert "Nothing was compared" in young.card["caveat"]
    assert recommend.score(OPENED) > 0


def test_purchases_of_the_window_are_not_learned_before_it(shop: Shop) -> None:
    known = read_purchases(OPENED, recommend.parameters.load().shop)
    assert pd.Timestamp(known["order_date"].max()).date() < OPENED
    assert read_history(known, OPENED).age_days.min() >= 1
