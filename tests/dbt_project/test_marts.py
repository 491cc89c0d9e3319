"""Two days of the tiny world decided and published, one of them again: what a mart says about a day stays as it was."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd
import pytest
import yaml

from ml import decide, measure, parameters
from ml.deciding.eligibility import name_life_cycle, rank_tiers, tier_ladder
from tests.tiny_world.world import TinyWorld
from warehouse import arms, ingest, tables, transform

pytestmark = pytest.mark.integration
DAYS = [date(2024, 5, 1), date(2024, 5, 2)]
DAILY = [
    "user_decisions", "user_promotions", "user_profiles", "user_recommendations", "offers", "campaign_results",
    "measured_effects", "programme_results", "campaign_monitoring", "policy_values", "spend_factors", "pull_forward",
    "frontier", "explanations",
]  # fmt: skip
# No recommender and no model that decides is trained here; what is replayed reached nobody, so there is no programme
# and no campaign to watch; and no window of these two days' own decisions has closed, so there is no log to value
# policies on.
UNFILLED = {"user_recommendations", "programme_results", "campaign_monitoring", "policy_values", "explanations"}
SCORES = """
    select
        day, 'redemption_offer' as family, customer_id, offer_id as subject_id,
        0.02 + 0.9 * least(scope_orders_last_90_days, 10) / 10 as score, 'by hand' as model_version, 'by hand' as run_id
    from features.customer_offers
    where day = $day
"""


def run_day(day: date, layers: tuple[str, ...] = ("staging", "features")) -> None:
    """The stages of a day that marts depend on; scores are a rule, because the models are tested elsewhere."""
    ingest.run(day)
    for layer in layers:
        transform.run_dbt(layer, day)
    tables.replace_day("ml.scores", day, tables.read(SCORES, {"day": day}))
    decide.decide(day)
    measure.measure(day)  # lands the days after it: a day run later or again must not know them
    transform.run_dbt("marts", day)


def read_mart(name: str, day: date) -> pd.DataFrame:
    return tables.read(f"select * from marts.{name} where day = $day order by all", {"day": day}).to_pandas()


def read_marts() -> dict[tuple[str, date], pd.DataFrame]:
    return {(name, day): read_mart(name, day) for name in DAILY for day in DAYS}


@pytest.fixture(scope="module")
def published(tiny_world_of_module: TinyWorld) -> Iterator[list[dict[tuple[str, date], pd.DataFrame]]]:
    """The marts after both days, and after the first of them once more."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(decide, "affinity_of_pairs", lambda day, pairs: np.full(len(pairs), 0.5))
        for day in DAYS:
            run_day(day)
        before = read_marts()
        run_day(DAYS[0], layers=("staging",))  # its features are there
        yield [before, read_marts()]


def test_every_known_customer_has_one_decision_and_one_profile(published: object) -> None:
    known = tables.read("select distinct customer_id from staging.stg_shop__customers").to_pandas()["customer_id"]
    for name in ("user_decisions", "user_profiles"):
        assert sorted(read_mart(name, DAYS[0])["customer_id"]) == sorted(known)


def test_what_is_published_is_what_was_assigned_and_nobody_held_out_is_in_it(published: object) -> None:
    assigned = tables.read("select * from ml.assignments where day = $day", {"day": DAYS[0]}).to_pandas()
    promotions, decisions = read_mart("user_promotions", DAYS[0]), read_mart("user_decisions", DAYS[0])
    assert set(assigned["arm"]) >= {arms.TREATMENT, arms.CONTROL}
    assert len(promotions) == (~assigned["arm"].isin(arms.WITHHELD)).sum() > 0
    held = set(decisions.query("status == 'holdout'")["customer_id"])
    assert held
    assert not held & set(promotions["customer_id"])
    counts = promotions.groupby("customer_id").size()
    offered = decisions.query("status == 'offered'").set_index("customer_id")["offer_count"]
    assert counts.to_dict() == offered.to_dict()


def test_promotions_carry_what_the_offer_says_and_leave_effects_empty(published: object) -> None:
    promotions = read_mart("user_promotions", DAYS[0])
    known = tables.read(
        "select offer_id, title, discount_type, discount_value from staging.stg_shop__offers"
    ).to_pandas()
    merged = promotions.merge(known.drop_duplicates("offer_id"), on="offer_id", suffixes=("", "_known"))
    assert (merged["title"] == merged["title_known"]).all()
    assert (merged["discount_value"] == merged["discount_value_known"]).all()
    assert promotions[["expected_uplift", "expected_incremental_margin"]].isna().all(axis=None)
    assert promotions["reasons"].str.len().min() > 20


def test_profiles_and_decisions_name_stages_and_tiers_alike(published: object) -> None:
    shop = parameters.load().shop
    customers = tables.read("select * from features.customers where day = $day order by customer_id", {"day": DAYS[0]})
    people = customers.to_pandas()
    people["net_amount_last_365_days"] = people["net_amount_last_365_days"].astype(float)
    profiles = read_mart("user_profiles", DAYS[0]).sort_values("customer_id")
    assert profiles["life_cycle_stage"].tolist() == name_life_cycle(people, shop).tolist()
    ladder = tier_ladder(tables.read("from staging.stg_shop__member_tiers").to_pandas(), shop)
    assert len(ladder) == 3
    rank = rank_tiers(people["net_amount_last_365_days"], ladder)
    assert profiles["tier"].tolist() == ladder["tier"].iloc[rank].tolist()
    assert set(profiles["segment"]) >= {"no orders", "best"}
    assert profiles["churn_risk"].isna().all()


def test_a_day_run_again_is_the_same_and_leaves_the_other_as_it_was(
    published: list[dict[tuple[str, date], pd.DataFrame]],
) -> None:
    before, after = published
    assert {name for name in DAILY if before[name, DAYS[1]].empty} == UNFILLED
    for key, rows in before.items():
        pd.testing.assert_frame_equal(rows, after[key], obj=str(key))


def test_days_beyond_the_retention_leave(published: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(parameters.load().publish), "retention_days", 1)
    transform.run_dbt("marts", DAYS[1])
    for name in ("user_decisions", "user_promotions", "runs"):
        assert read_mart(name, DAYS[0]).empty
        assert not read_mart(name, DAYS[1]).empty


def test_every_mart_has_a_description_that_ends_with_its_grain() -> None:
    for file in sorted((transform.PROJECT / "models" / "marts").glob("[a-z]*.yml")):
        model = yaml.safe_load(file.read_text())["models"][0]
        assert model["name"] == file.stem
        assert model["description"].split(". ")[-1].startswith("One row per"), file.name
        assert all(column.get("description") for column in model["columns"]), file.name
