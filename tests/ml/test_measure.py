"""What is measured: shares and differences by hand, campaigns with and without control, predictions of a tiny world."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ml import measure
from ml.measure import Window, complete_windows, write_outcomes
from ml.measuring.campaigns import Setting, summarise_campaigns
from ml.measuring.effects import measure_effects
from ml.measuring.intervals import estimate_share
from ml.measuring.outcomes import compare_outcomes
from tests.ml.drawn_units import READING, units
from tests.tiny_world import people
from tests.tiny_world.world import TinyWorld
from warehouse import ingest, sources, tables

LIVING = Setting(is_replay=False, confidence=0.95)
REPLAY = replace(LIVING, is_replay=True)
HORIZONS = SimpleNamespace(purchase_horizon_days=7, category_horizon_days=28, redemption_horizon_days=28)


def responses(unrecorded: int = 0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "campaign_id": ["C", "D"],
            "exposed_customers": [200, 50],
            "redeeming_customers": [20, 0],
            "redemption_count": [31, 0],
            "discount_cost": [29.0, 0.0],
            "unrecorded_count": [unrecorded, 0],
            "is_over": [True, False],
            "is_followed_up": [True, False],
        }
    )


NOTHING_DRAWN = measure_effects(units([], []), READING)


def test_the_score_interval_is_wilsons() -> None:
    z, n, share = 1.959964, 10, 0.3
    centre, scale = share + z**2 / (2 * n), 1 + z**2 / n
    spread = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    value, low, high = estimate_share(np.array([3.0]), np.array([10.0]), 0.95)
    assert (value[0], low[0], high[0]) == pytest.approx((0.3, (centre - spread) / scale, (centre + spread) / scale))


def test_the_score_interval_has_a_width_where_nothing_or_everything_happened() -> None:
    _, low, high = estimate_share(np.array([0.0, 20.0]), np.array([20.0, 20.0]), 0.95)
    assert low[0] == 0.0
    assert high[1] == 1.0
    assert high[0] == pytest.approx(1 - low[1])
    assert 0.1 < high[0] < 0.2


def test_no_trial_no_share() -> None:
    assert np.isnan(estimate_share(np.array([0.0]), np.array([0.0]), 0.95)).all()


def test_a_campaign_without_control_has_a_response_and_no_effect() -> None:
    results = summarise_campaigns(responses(unrecorded=31), NOTHING_DRAWN, LIVING).set_index("campaign_id")
    assert results.loc["C", "redemption_rate"] == 0.1
    assert results.loc["D", "redemption_rate_low"] == 0.0
    assert results[["lift", "lift_low", "lift_high", "return_on_spend", "earned"]].isna().all(axis=None)
    assert results["is_observational"].all()
    assert results.loc["C", "method"] == "response of exposed customers"
    assert "Nobody drew lots" in results.loc["C", "caveat"]
    assert "face value" in results.loc["C", "caveat"]
    assert "face value" not in results.loc["D", "caveat"]


def test_a_campaign_is_told_with_its_effects_and_its_stage() -> None:
    effects = measure_effects(units([10.0, 12.0, 14.0, 16.0], [8.0, 10.0, 12.0], cost=0.5), READING)
    results = summarise_campaigns(responses(), effects, LIVING).set_index("campaign_id")
    result = results.loc["C"]
    assert result["lift"] == pytest.approx(13 - 10)
    assert result["lift_low"] < 3 < result["lift_high"]
    assert result["incremental_revenue"] == pytest.approx(4 * (13 - 10))
    assert result["earned"] == pytest.approx(4 * ((13 - 10) / 4 - 0.5))
    assert result["cost"] == pytest.approx(4 * 0.5)
    assert result["return_on_spend"] == pytest.approx((13 - 10) / 4 / 0.5)
    assert not result["is_observational"]
    assert (result["shown_customers"], result["withheld_customers"]) == (4, 3)
    assert results["stage"].to_dict() == {"C": "evaluated", "D": "running"}


def test_what_was_drawn_here_comes_before_what_the_shop_drew() -> None:
    both = [units([13.0, 13.0], [10.0, 10.0], origin="platform"), units([30.0, 30.0], [10.0, 10.0], origin="shop")]
    effects = measure_effects(pd.concat(both, ignore_index=True), READING)
    assert summarise_campaigns(responses(), effects, LIVING)["lift"].dropna().tolist() == pytest.approx([3.0])


def test_a_replay_says_why_there_is_no_effect() -> None:
    results = summarise_campaigns(responses(), NOTHING_DRAWN, REPLAY)
    assert results[["lift", "return_on_spend"]].isna().all(axis=None)
    assert results["caveat"].str.contains("nothing that was decided here was sent").all()


def test_bins_hold_equally_many_and_their_rates_are_counted() -> None:
    predicted = np.repeat([0.1, 0.2, 0.3, 0.4], 25)
    happened = np.tile(np.arange(25) < 5, 4)  # five of 25, whatever was predicted
    table = compare_outcomes(predicted, happened, 4, 0.95)
    assert table["prediction_count"].tolist() == [25] * 4
    assert table["predicted_rate"].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert table["actual_rate"].tolist() == pytest.approx([0.2] * 4)
    assert table["auc"].tolist() == pytest.approx([0.5] * 4)


def test_equal_predictions_share_a_bin() -> None:
    table = compare_outcomes(np.full(10, 0.3), np.arange(10) < 3, 4, 0.95)
    assert table[["bin", "prediction_count", "actual_rate"]].to_numpy().tolist() == [[1, 10, 0.3]]


def test_no_predictions_no_rows_and_one_outcome_no_auc() -> None:
    assert compare_outcomes(np.array([]), np.array([], dtype=bool), 10, 0.95).empty
    assert compare_outcomes(np.array([0.1, 0.2]), np.array([False, False]), 2, 0.95)["auc"].isna().all()


def test_a_replay_looks_ahead_only_as_far_as_its_data_go() -> None:
    source = sources.load("complete_journey")  # ends on 2017-12-31
    last = {window.family: window.last for window in complete_windows(source, date(2017, 12, 20), HORIZONS)}
    assert last == {"purchase": date(2017, 12, 26)}
    assert len(complete_windows(source, date(2017, 12, 4), HORIZONS)) == 4
    assert len(complete_windows(source, date(2017, 12, 5), HORIZONS)) == 1


def test_a_living_shop_looks_back_at_windows_that_ended_yesterday() -> None:
    source = replace(sources.load("complete_journey"), is_replay=False)
    first = {window.family: window.first for window in complete_windows(source, date(2017, 11, 27), HORIZONS)}
    assert first["purchase"] == date(2017, 11, 20)
    assert first["redemption_offer"] == date(2017, 10, 30)


def score(family: str, day: date, chances: dict[tuple[str, str], float]) -> None:
    rows = pd.DataFrame(
        [(*key, chance) for key, chance in chances.items()], columns=["customer_id", "subject_id", "score"]
    )
    named = rows.assign(day=day, family=family, model_version="by hand", run_id="by hand")
    tables.replace_day("ml.scores", day, named[list(tables.TABLES["ml.scores"].columns)], {"family": family})


def outcomes(family: str) -> pd.DataFrame:
    return tables.read("select * from ml.prediction_outcomes where family = $f order by bin", {"f": family}).to_pandas()


@pytest.mark.integration
def test_purchases_are_counted_in_their_window_whatever_else_has_landed(tiny_world: TinyWorld) -> None:
    day = tiny_world.day
    always, never = people.customers_of("always"), people.customers_of("never")
    score("purchase", day, {(name, ""): 0.9 for name in always} | {(name, ""): 0.1 for name in never})
    window = Window("purchase", day, 7)
    seen = []
    for last_day in (window.last, tiny_world.last_day):
        ingest.land_until(last_day)
        write_outcomes(window, day)
        seen.append(outcomes("purchase"))
    assert seen[0]["actual_rate"].tolist() == [0.0, 1.0]  # who never buys, and who buys every fourth day
    assert seen[0]["prediction_count"].tolist() == [15, 15]
    assert set(seen[0]["auc"]) == {1.0}
    assert set(seen[0]["window_days"]) == {7}
    pd.testing.assert_frame_equal(*seen)


@pytest.mark.integration
def test_redemptions_are_compared_only_for_customers_shown_the_offer_on_the_day(tiny_world: TinyWorld) -> None:
    ingest.land_until(tiny_world.last_day)
    sql = "select distinct customer_id, offer_id, exposure_date from landing.exposures where arm = 'treatment'"
    exposures = tables.read(sql).to_pandas()
    day = tiny_world.day
    shown = exposures[pd.to_datetime(exposures["exposure_date"]).dt.date == day]
    everybody = {(person.id, offer): 0.5 for person in people.CUSTOMERS for offer in shown["offer_id"].unique()}
    score("redemption_offer", day, everybody)
    write_outcomes(Window("redemption_offer", day, 28), day)
    assert 0 < len(shown) < len(everybody)
    assert outcomes("redemption_offer")["prediction_count"].sum() == len(shown)
    used = tables.read(
        "select count(distinct (customer_id, offer_id)) as used from landing.redemptions "
        "semi join (from landing.exposures where exposure_date = $day and arm = 'treatment') as shown "
        "using (customer_id, offer_id) "
        "where redemption_date between $day and $day + 27",
        {"day": day},
    )["used"][0].as_py()
    assert used > 0
    assert outcomes("redemption_offer")["actual_rate"].tolist() == pytest.approx([used / len(shown)])


def test_every_family_that_is_scored_has_an_outcome_to_look_at() -> None:
    assert set(measure.HAPPENED) == set(measure.HORIZONS)
    assert set(measure.COMPARABLE) < set(measure.HAPPENED)
