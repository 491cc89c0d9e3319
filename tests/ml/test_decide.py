"""Decisions that can be checked by hand: who gets what under limits, budgets and chance; what the others are told."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ml.deciding.eligibility import name_life_cycle
from tests.ml.a_morning import (
    DAY,
    campaigns,
    contact,
    customers,
    decided,
    given,
    morning,
    offers,
    pairs,
    status_of,
)


def with_pairs(people: pd.DataFrame, coupons: pd.DataFrame, **columns: list[float]) -> pd.DataFrame:
    return pairs(people, coupons).assign(**columns)


def test_everybody_gets_every_offer_that_earns_while_money_and_limits_allow() -> None:
    result = decided(morning())
    assert given(result) == [("1", "A"), ("1", "B"), ("2", "A"), ("2", "B")]
    assert status_of(result) == {"1": "offered", "2": "offered"}
    assert result.decisions["offer_count"].tolist() == [2, 2]
    assert result.assignments["expected_margin"].tolist() == pytest.approx([0.1] * 4)  # 0.1 × (8 × 0.25 − 1)
    assert result.assignments["expected_cost"].tolist() == pytest.approx([0.1] * 4)  # 0.1 × 1
    assert result.assignments["expected_uplift"].isna().all()


def test_the_budget_goes_to_who_earns_most() -> None:
    people, coupons = customers("1", "2", "3"), offers("A")
    chances = with_pairs(people, coupons, mean_scope_amount=[8.0, 12.0, 6.0])
    result = decided(morning(people, coupons, pairs=chances, campaigns=campaigns(budget=0.2)))
    assert given(result) == [("1", "A"), ("2", "A")]
    assert status_of(result)["3"] == "budget_exhausted"
    assert result.offer_plans["budget_remaining"].tolist() == pytest.approx([0.0])
    assert result.offer_plans["candidate_count"].tolist() == [3]
    assert result.offer_plans["reach_planned"].tolist() == [2]


def test_what_was_given_before_and_may_still_be_used_is_not_spent_again() -> None:
    result = decided(morning(coupons=offers("A"), campaigns=campaigns(budget=1.0, used=0.5, committed=0.35)))
    assert given(result) == [("1", "A")]
    plan = result.offer_plans.iloc[0]
    assert (plan["budget_used_before"], plan["cost_expected"]) == (0.5, pytest.approx(0.1))
    assert plan["budget_remaining"] == pytest.approx(1.0 - 0.5 - 0.35 - 0.1)


def test_a_campaign_that_overspent_gives_nothing() -> None:
    result = decided(morning(campaigns=campaigns(budget=1.0, used=3.0)))
    assert set(status_of(result).values()) == {"budget_exhausted"}
    assert result.offer_plans["cost_expected"].sum() == 0


def test_no_more_offers_than_places_and_one_per_scope() -> None:
    coupons = offers("A", "B", "C", scope_category=["pizza", "pizza", "soup"])
    people = customers("1")
    worth = with_pairs(people, coupons, mean_scope_amount=[8.0, 9.0, 7.0])
    assert given(decided(morning(people, coupons, pairs=worth))) == [("1", "B"), ("1", "C")]
    assert given(decided(morning(people, coupons, pairs=worth), offers_per_customer=1)) == [("1", "B")]


def test_the_best_offer_has_rank_one_and_ties_go_to_the_smaller_id() -> None:
    people = customers("1")
    coupons = offers("A", "B", "C")
    worth = with_pairs(people, coupons, mean_scope_amount=[8.0, 12.0, 8.0])
    ranked = decided(morning(people, coupons, pairs=worth)).assignments
    assert ranked[["offer_id", "rank"]].to_numpy().tolist() == [["B", 1], ["A", 2]]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"audience": "new"}, ["new"]),
        ({"audience": "active"}, ["active"]),
        ({"audience": "lapsed"}, ["lapsed"]),
        ({"audience": "all"}, ["active", "lapsed", "new"]),
        ({"offer_type": "new_customer"}, ["new"]),
        ({"offer_type": "win_back"}, ["lapsed"]),
        ({"offer_type": "member_tier"}, ["active"]),
    ],
)
def test_an_offer_reaches_its_audience(change: dict[str, str], wanted: list[str]) -> None:
    people = customers(
        "active",
        "lapsed",
        "new",
        tenure_days=[300.0, 300.0, 20.0],
        days_since_last_order=[3.0, 90.0, 3.0],
        net_amount_last_365_days=[1100.0, 500.0, 90.0],
    )
    result = decided(morning(people, offers("A", **change)))
    assert [customer for customer, _ in given(result)] == wanted
    assert {status_of(result)[name] for name in set(people["customer_id"]) - set(wanted)} <= {"not_eligible"}


def test_somebody_who_never_bought_is_new() -> None:
    people = customers("1", tenure_days=[np.nan], days_since_last_order=[np.nan])
    terms = SimpleNamespace(new_customer_days=60, lapsed_after_days=56)
    assert name_life_cycle(people, terms).tolist() == ["new"]


def test_the_same_offer_is_not_repeated_too_soon() -> None:
    world = morning(customers("1", "2", "3"), offers("A"))
    seen = pd.DataFrame([contact("1", "A", "2017-11-14"), contact("2", "A", "2017-11-13")])
    used = pd.DataFrame([contact("3", "A", "2017-11-20")])
    result = decided(morning(world.customers, world.offers, contacts=seen, uses=used))
    assert given(result) == [("2", "A")]  # 13 days ago is too soon, 14 days ago is not
    assert status_of(result) == {"1": "not_eligible", "2": "offered", "3": "not_eligible"}


def test_limits_of_copies_hold() -> None:
    old = pd.DataFrame([contact("1", "A", "2017-10-01"), contact("9", "B", "2017-10-01")])
    coupons = offers("A", "B", per_customer_limit=[1, None], issue_limit=[None, 2])
    result = decided(morning(coupons=coupons, contacts=old))
    assert given(result) == [("1", "B"), ("2", "A")]  # one copy of B is left of two, and it goes to the smaller id


def test_copies_withheld_from_the_holdout_do_not_count_as_issued() -> None:
    old = pd.DataFrame([contact("9", "A", "2017-10-01", is_sent=False)])
    assert given(decided(morning(coupons=offers("A", issue_limit=1), contacts=old))) == [("1", "A")]


def test_contact_limit_counts_days_within_the_window() -> None:
    days = {"1": ["2017-11-21", "2017-11-26"], "2": ["2017-11-20", "2017-11-26"], "3": ["2017-11-26", "2017-11-26"]}
    seen = pd.DataFrame([contact(name, f"old {place}", day) for name in days for place, day in enumerate(days[name])])
    result = decided(morning(customers("1", "2", "3"), contacts=seen))
    assert status_of(result) == {"1": "contact_limit", "2": "offered", "3": "offered"}


def test_without_consent_there_is_no_offer_and_the_parameter_answers_only_for_shops_without_consents() -> None:
    consents = pd.DataFrame({"customer_id": ["1", "2"], "channel": ["mail", "sms"], "is_granted": [True, True]})
    people = customers("1", "2", "3")
    result = decided(morning(people, consents=consents))
    assert status_of(result) == {"1": "offered", "2": "no_consent", "3": "no_consent"}
    assert set(status_of(decided(morning(people))).values()) == {"offered"}
    assert set(status_of(decided(morning(people), consent_when_unknown=False)).values()) == {"no_consent"}


def test_each_obstacle_has_its_status_and_the_first_one_names_it() -> None:
    names = ["1 review", "2 consent", "3 contacts", "4 not eligible", "5 worthless", "6 no money", "7 fine"]
    people = customers(*names, is_under_review=[True] + 6 * [False], tenure_days=[300.0] * 3 + [20.0] + [300.0] * 3)
    coupons = offers("A", audience="active", issue_limit=1)
    # every customer also has all obstacles of those behind it, so that only the order decides
    amounts = with_pairs(people, coupons, mean_scope_amount=[1.0, 1.0, 1.0, 1.0, 1.0, 8.0, 9.0])
    consents = pd.DataFrame({"customer_id": names[2:], "channel": "mail", "is_granted": True})
    days = ["2017-11-22", "2017-11-24"]
    seen = pd.DataFrame([contact(name, "old", day) for name in names[:3] for day in days])
    result = decided(morning(people, coupons, pairs=amounts, consents=consents, contacts=seen))
    wanted = ["fraud_review", "no_consent", "contact_limit", "not_eligible"]
    wanted += ["no_profitable_offer", "budget_exhausted", "offered"]
    assert list(status_of(result).values()) == wanted
    held = decided(morning(people, coupons, pairs=amounts, consents=consents, contacts=seen), holdout_rate=1.0)
    assert set(status_of(held).values()) == {"holdout"}


def test_held_out_customers_are_logged_and_nothing_is_sent_to_them() -> None:
    people = customers(*(f"{number:03}" for number in range(200)))
    result = decided(morning(people), holdout_rate=0.3)
    held = {name for name, status in status_of(result).items() if status == "holdout"}
    assert 35 <= len(held) <= 85
    withheld = result.assignments.query("arm == 'holdout'")
    assert set(withheld["customer_id"]) == held
    assert not held & {customer for customer, _ in given(result)}
    assert withheld["assignment_probability"].tolist() == pytest.approx([0.3] * len(withheld))
    assert result.offer_plans["reach_planned"].tolist() == [200 - len(held)] * 2
    assert result.decisions.query("status == 'holdout'")["offer_count"].sum() == 0


def test_the_plan_does_not_depend_on_who_is_held_out() -> None:
    people = customers(*(f"{number:03}" for number in range(60)))
    few = morning(people, campaigns=campaigns(budget=4.0))
    nobody, some = decided(few), decided(few, holdout_rate=0.4)
    planned = {(row.customer_id, row.offer_id) for row in some.assignments.itertuples()}
    assert planned == set(given(nobody))


def test_probabilities_of_what_is_sent_add_up_to_the_places() -> None:
    people = customers(*(f"{number:03}" for number in range(400)))
    result = decided(morning(people), holdout_rate=0.1, exploration_rate=0.2, offers_per_customer=1)
    sent = result.assignments.query("arm != 'holdout'")
    # one place, two equal offers: the planned one with 0.9 × (0.8 + 0.2 × 0.5), the other with 0.9 × 0.2 × 0.5
    assert set(sent["assignment_probability"].round(6)) == {0.81, 0.09}
    drawn = sent.query("arm == 'exploration'")
    assert 30 <= len(drawn) <= 115
    assert drawn["reasons"].str.startswith("Drawn by lot").all()
    weights = (1 / sent["assignment_probability"]).sum()
    assert weights == pytest.approx(400 + 400, rel=0.25)  # Horvitz–Thompson: customers × offers that could be sent


def test_a_campaigns_control_does_without_its_offers_alone_for_as_long_as_it_runs() -> None:
    people = customers(*(f"{number:03}" for number in range(200)))
    money = pd.concat([campaigns(campaign="C"), campaigns(campaign="D")], ignore_index=True)
    world = morning(people, offers("A", "B", campaign_id=["C", "D"]), campaigns=money)
    today, tomorrow = (decided(world, run=run, campaign_control_rate=0.3) for run in ("today", "tomorrow"))
    withheld = today.assignments.query("arm == 'control'")
    assert 80 <= len(withheld) <= 160
    assert withheld["assignment_probability"].tolist() == pytest.approx([0.3] * len(withheld))
    assert today.assignments["shown_probability"].unique().tolist() == pytest.approx([0.7])
    assert len(given(today)) + len(withheld) == 400
    assert given(today) == given(tomorrow)
    nothing = set(people["customer_id"]) - {customer for customer, _ in given(today)}
    assert 5 <= len(nothing) <= 35
    assert {name for name, status in status_of(today).items() if status == "holdout"} == nothing
    assert not today.decisions["is_held_out"].any()


def test_what_is_sent_is_ranked_before_what_is_withheld() -> None:
    people = customers(*(f"{number:03}" for number in range(100)))
    money = pd.concat([campaigns(campaign="C"), campaigns(campaign="D")], ignore_index=True)
    coupons = offers("A", "B", campaign_id=["C", "D"])
    result = decided(morning(people, coupons, campaigns=money), campaign_control_rate=0.5).assignments
    sent = result.query("arm == 'treatment'").groupby("customer_id")["rank"].apply(list)
    assert {tuple(ranks) for ranks in sent} == {(1,), (1, 2)}
    assert (result.groupby("customer_id")["rank"].sum() == 1 + 2).all()


def test_withheld_offers_cost_nothing_and_the_plan_stays_within_the_budget_whoever_is_withheld() -> None:
    people = customers(*(f"{number:03}" for number in range(200)))
    world = morning(people, offers("A"), campaigns=campaigns(budget=10.0))
    kept, all_sent = (decided(world, campaign_control_rate=rate) for rate in (0.5, 0.0))
    assert set(kept.assignments["customer_id"]) == set(all_sent.assignments["customer_id"])
    assert all_sent.offer_plans["cost_expected"].sum() == pytest.approx(10.0)
    assert 3.0 < kept.offer_plans["cost_expected"].sum() < 7.0


def test_customers_without_a_plan_explore_at_their_own_rate_and_never_below_the_floor() -> None:
    people = customers(*(f"{number:03}" for number in range(300)))
    coupons = offers("A", "B", "C")
    # worth 0.1 × (a × 0.25 − a), as an offer takes off no more than there is: −0.03, −0.06 and −0.075
    losing = with_pairs(people, coupons, mean_scope_amount=[0.4, 0.8, 1.0] * 300)
    world = morning(people, coupons, pairs=losing, campaigns=campaigns(budget=1000.0))
    terms = {"exploration_rate": 0.1, "idle_exploration_rate": 0.2, "exploration_floor": -0.07}
    result = decided(world, **terms)
    sent = result.assignments
    assert 30 <= len(sent) <= 95
    assert set(sent["arm"]) == {"exploration"}
    assert sent["customer_id"].is_unique
    assert set(sent["offer_id"]) == {"A", "B"}
    weight = np.exp((0.01 / 0.04 - 1) / 0.5)  # B lies at a quarter of the way from the floor to A
    by_offer = sent.groupby("offer_id")["assignment_probability"].first()
    assert by_offer.tolist() == pytest.approx([0.2 / (1 + weight), 0.2 * weight / (1 + weight)])
    assert set(status_of(result).values()) == {"offered", "no_profitable_offer"}
    assert not result.decisions["has_plan"].any()


def test_exploration_costs_no_more_than_its_share_of_the_money() -> None:
    people = customers(*(f"{number:03}" for number in range(300)))
    terms = {"exploration_rate": 0.05, "idle_exploration_rate": 1.0, "min_expected_margin": 1.0}
    result = decided(morning(people, campaigns=campaigns(budget=20.0)), **terms)
    assert result.assignments["expected_cost"].sum() == pytest.approx(1.0)


def test_explorers_leave_no_campaign_above_its_budget() -> None:
    people = customers(*(f"{number:03}" for number in range(300)))
    result = decided(morning(people, campaigns=campaigns(budget=10.0)), exploration_rate=0.3)
    sent = result.assignments
    assert set(sent["arm"]) == {"treatment", "exploration"}
    assert sent["expected_cost"].sum() <= 10.0 + 1e-9
    assert sent["expected_cost"].sum() == pytest.approx(result.offer_plans["cost_expected"].sum())


def test_a_day_decided_again_is_the_same_and_the_order_of_rows_in_the_past_does_not_matter() -> None:
    people = customers(*(f"{number:03}" for number in range(50)))
    seen = pd.DataFrame([contact(name, "A", "2017-11-24") for name in people["customer_id"][:20]])
    first, second = (
        decided(morning(people, contacts=past), holdout_rate=0.2, exploration_rate=0.2) for past in (seen, seen[::-1])
    )
    for name in ("decisions", "assignments", "offer_plans"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))


def test_over_a_week_nobody_is_contacted_more_often_than_allowed() -> None:
    people, past, days = customers("1", "2", "3"), [], pd.date_range("2017-11-21", "2017-11-27")
    for day in days:
        contacts = pd.DataFrame(past, columns=["customer_id", "offer_id", "contact_date", "is_sent"])
        result = decided(
            morning(people, day=day.date(), contacts=contacts), reoffer_after_days=1, offers_per_customer=1
        )
        past += [contact(customer, offer, day) for customer, offer in given(result)]
    contacted = pd.DataFrame(past).groupby("customer_id")["contact_date"].nunique()
    assert contacted.to_dict() == {"1": 2, "2": 2, "3": 2}


def test_a_day_without_offers_answers_everybody() -> None:
    people, nothing = customers("1", "2"), offers()
    result = decided(morning(people, nothing, campaigns=campaigns()[:0]), exploration_rate=0.1)
    assert status_of(result) == {"1": "not_eligible", "2": "not_eligible"}
    assert result.assignments.empty
    assert result.offer_plans.empty


def test_somebody_without_any_pair_is_not_said_to_refuse_contact() -> None:
    world = morning(coupons=offers("A"))
    result = decided(morning(coupons=offers("A"), pairs=world.pairs.query("customer_id != '2'")))
    assert status_of(result) == {"1": "offered", "2": "not_eligible"}


def test_an_offer_on_things_nobody_ever_bought_is_worth_nothing_known() -> None:
    world = morning(coupons=offers("A"))
    result = decided(morning(coupons=offers("A"), pairs=world.pairs.assign(mean_scope_amount=np.nan)))
    assert set(status_of(result).values()) == {"no_profitable_offer"}


def test_an_offer_hardly_anybody_would_use_is_not_given_however_much_it_would_earn() -> None:
    people, coupons = customers("1", "2"), offers("A")
    rare = with_pairs(people, coupons, propensity=[0.0099, 0.01], mean_scope_amount=80.0)
    assert given(decided(morning(people, coupons, pairs=rare))) == [("2", "A")]


def test_a_pair_of_an_unknown_customer_is_refused() -> None:
    stranger = pairs(customers("9"), offers("A"))
    with pytest.raises(ValueError, match="do not speak of the same customers"):
        decided(morning(coupons=offers("A"), pairs=stranger))


def test_sent_rows_say_when_through_what_and_why() -> None:
    row = decided(morning(coupons=offers("A"))).assignments.iloc[0]
    assert row["channel"] == "mail"
    assert row["send_at"] == pd.Timestamp("2017-11-27 23:00")  # 18 o'clock in New York, in winter
    assert row["day"] == DAY
    assert row["reasons"] == (
        "Bought 3 of the 12 products in scope in the last year, 4 times in the last 90 days, most recently 5 days ago; "
        "Spends about 8.00 USD on them when buying, the offer takes off 1.00 USD; "
        "Rests on how customers respond and not on what the offer changes, because nobody drew lots over offers yet"
    )
