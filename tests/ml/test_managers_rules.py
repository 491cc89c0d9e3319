"""What campaign managers set holds in the decisions: rules by hand on a shop's morning."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ml.deciding.rulebook import NOTHING_SET, Rulebook
from ml.deciding.world import World
from tests.ml.a_morning import DAY, campaigns, customers, decided, given, morning, offers, pairs, status_of


def rulebook(**frames: list[dict[str, Any]]) -> Rulebook:
    """Frames with the columns of NOTHING_SET; what a row does not say is missing."""
    empty = {name: getattr(NOTHING_SET, name) for name in frames}
    known = {
        name: pd.DataFrame(rows, columns=empty[name].columns).astype(empty[name].dtypes.to_dict())
        for name, rows in frames.items()
    }
    return replace(NOTHING_SET, **known)


def with_rules(world: World, **frames: list[dict[str, Any]]) -> World:
    return replace(world, rulebook=rulebook(**frames))


def rule(name: str, first: str, second: str, **caps: float) -> dict[str, Any]:
    return {"rule_id": f"{first}-{second}", "first_group": first, "second_group": second, "rule": name} | caps


def test_without_rules_everything_is_as_before() -> None:
    assert given(decided(morning())) == [("1", "A"), ("1", "B"), ("2", "A"), ("2", "B")]


def test_offers_that_exclude_each_other_never_go_to_a_customer_together() -> None:
    coupons = offers("A", "B", "D", discount_value=[0.9, 1.0, 0.8])  # D is worth most, then A
    world = with_rules(morning(coupons=coupons), stacking_rules=[rule("exclusive", "A", "D")])
    assert given(decided(world)) == [("1", "D"), ("1", "B"), ("2", "D"), ("2", "B")]


def test_an_exclusive_offer_goes_alone_where_it_is_worth_more_than_the_others_together() -> None:
    coupons = offers("A", "B", "D", discount_value=[1.5, 1.0, 1.0])
    world = morning(customers("1", "2"), coupons)
    amounts = pairs(world.customers, coupons).assign(mean_scope_amount=[20.0, 8.0, 8.0, 9.0, 8.0, 8.0])
    alone = with_rules(replace(world, pairs=amounts), stacking_rules=[rule("exclusive", "A", "any")])
    # 1: 0.1 × (20 / 4 - 1.5) = 0.35 beats twice 0.1; 2: 0.1 × (9 / 4 - 1.5) = 0.075 does not
    assert given(decided(alone)) == [("1", "A"), ("2", "B"), ("2", "D")]


@pytest.mark.parametrize(
    ("stacking", "count"),
    [
        (rule("sequential", "any", "any"), 2),
        (rule("per_item", "any", "any"), 2),
        (rule("best_of", "any", "any"), 1),  # the second offer would add nothing
        (rule("sequential", "any", "any", max_discount=1.2), 1),  # it would add 0.20 of its 1.00
        (rule("sequential", "any", "any", max_discount=1.6), 2),  # 0.60 of 1.00
        (rule("sequential", "any", "any", max_discount_rate=0.05), 1),  # both are cut to 0.80 of 16
    ],
)
def test_a_set_is_valued_by_what_its_second_offer_still_takes_off(stacking: dict[str, Any], count: int) -> None:
    result = decided(with_rules(morning(), stacking_rules=[stacking]))
    assert result.decisions["offer_count"].tolist() == [count, count]


def test_the_narrowest_rule_speaks_for_two_offers() -> None:
    group = [{"offer_id": "A", "stacking_group": "g"}, {"offer_id": "B", "stacking_group": "g"}]
    rules = [rule("exclusive", "any", "any"), rule("sequential", "g", "g")]
    assert len(given(decided(with_rules(morning(), stacking_rules=rules, offer_terms=group)))) == 4
    assert len(given(decided(with_rules(morning(), stacking_rules=rules)))) == 2


def test_explorers_get_no_forbidden_set_either() -> None:
    coupons = offers("A", "B", "D")
    people = customers(*[f"{number:03}" for number in range(200)])
    world = with_rules(
        morning(people, coupons), stacking_rules=[rule("best_of", "A", "B"), rule("exclusive", "D", "any")]
    )
    result = decided(world, exploration_rate=0.5)
    sets = result.assignments.groupby("customer_id")["offer_id"].agg(set)
    assert (result.assignments["arm"] == "exploration").sum() > 50
    assert not any({"A", "B"} <= one or ("D" in one and len(one) > 1) for one in sets)


def test_an_offer_is_for_its_region_and_its_tier() -> None:
    people = customers("1", "2", "3", region=["north", "south", None], net_amount_last_365_days=[50.0, 500.0, 500.0])
    terms = [{"offer_id": "A", "region": "north"}, {"offer_id": "B", "tier": "club"}]
    ladder = [{"tier": "guest", "minimum_amount": 0.0}, {"tier": "club", "minimum_amount": 100.0}]
    world = with_rules(morning(people), offer_terms=terms, member_tiers=ladder)
    assert given(decided(world)) == [("1", "A"), ("2", "B"), ("3", "B")]


def test_a_tier_nobody_named_is_reached_by_nobody() -> None:
    world = with_rules(morning(), offer_terms=[{"offer_id": "A", "tier": "diamond"}])
    assert given(decided(world)) == [("1", "B"), ("2", "B")]


def contacted(*contacts: tuple[str, str, str]) -> pd.DataFrame:
    rows = pd.DataFrame(contacts, columns=["customer_id", "channel", "contact_date"])
    return rows.assign(contact_date=pd.to_datetime(rows["contact_date"]), offer_id="")


def test_a_channel_has_its_own_limit() -> None:
    coupons = offers("A", "B", channel=["mail", "app"])
    seen = contacted(("1", "mail", "2017-11-26"), ("2", "mail", "2017-11-20"))
    limits = [{"channel": "mail", "contacts": 1, "window_days": 7}]
    world = replace(with_rules(morning(coupons=coupons), contact_limits=limits), channel_contacts=seen)
    assert given(decided(world)) == [("1", "B"), ("2", "A"), ("2", "B")]
    nobody = replace(world, channel_contacts=contacted())
    assert len(given(decided(nobody))) == 4
    only_mail = replace(world, offers=offers("A", "B", channel="mail"))
    result = decided(only_mail)
    assert status_of(result)["1"] == "contact_limit"
    said = "limits allow: 2 within 7 days, 1 within 7 days through mail are allowed"
    assert result.decisions["reason"].iloc[0].endswith(said)


def test_the_limit_over_all_channels_replaces_the_parameter() -> None:
    seen = contacted(("1", "mail", "2017-11-26"))
    limits = [{"channel": "all", "contacts": 1, "window_days": 7}]
    world = replace(with_rules(morning(), contact_limits=limits), channel_contacts=seen)
    result = decided(world)
    assert status_of(result) == {"1": "contact_limit", "2": "offered"}
    assert result.decisions["reason"].iloc[0].endswith("limits allow: 1 within 7 days are allowed")
    assert set(status_of(decided(replace(world, rulebook=NOTHING_SET))).values()) == {"offered"}


def partner(budget: float | None, **changes: Any) -> dict[str, Any]:
    facts = {"partner_id": "P", "budget": budget, "end_date": pd.NaT, "is_paying": True, "used": 0.0}
    return facts | {"committed": 0.0, "committed_variance": 0.0} | changes


def test_a_partners_budget_holds_beside_the_campaigns() -> None:
    coupons = offers("A", "B", shop_funded_rate=[0.5, 1.0])  # the partner's part of A is 0.1 × 0.5 a customer
    terms = [{"offer_id": "A", "partner_id": "P"}]
    for budget, count in ((0.10, 2), (0.09, 1), (0.04, 0), (None, 2)):
        result = decided(with_rules(morning(coupons=coupons), offer_terms=terms, partners=[partner(budget)]))
        assert [offer for _, offer in given(result)].count("A") == count
        assert [offer for _, offer in given(result)].count("B") == 2
    assert result.assignments["expected_partner_cost"].tolist() == pytest.approx([0.05, 0, 0.05, 0])


def test_a_partner_pays_on_its_days_only() -> None:
    coupons = offers("A", shop_funded_rate=0.5)
    terms = [{"offer_id": "A", "partner_id": "P"}]
    world = morning(coupons=coupons)
    assert given(decided(with_rules(world, offer_terms=terms, partners=[partner(10.0, is_paying=False)]))) == []
    paid = partner(0.10, used=0.03, committed=0.02)  # 0.05 are left
    assert len(given(decided(with_rules(world, offer_terms=terms, partners=[paid])))) == 1


@pytest.mark.parametrize(
    ("money", "risk", "count"),
    [
        (partner(0.3), 0.5, 2),  # expected 2 × 0.05, a use takes 0.50
        (partner(0.3), 0.02, 0),
        (partner(10.0), 0.02, 2),
        (partner(10.0, committed_variance=30.0), 0.02, 0),  # what is open may take all by chance
        (partner(None), 0.02, 2),
    ],
)
def test_a_partners_budget_keeps_a_reserve_for_uses_by_chance(money: dict[str, Any], risk: float, count: int) -> None:
    terms = [{"offer_id": "A", "partner_id": "P"}]
    world = with_rules(morning(coupons=offers("A", shop_funded_rate=0.5)), offer_terms=terms, partners=[money])
    assert len(given(decided(world, budget_risk_rate=risk))) == count


def test_exploration_stays_within_a_partners_budget() -> None:
    coupons = offers("A", "B", shop_funded_rate=[0.5, 1.0])
    people = customers(*[f"{number:03}" for number in range(300)])
    terms = [{"offer_id": "A", "partner_id": "P"}]
    world = with_rules(morning(people, coupons), offer_terms=terms, partners=[partner(3.0)])
    result = decided(world, exploration_rate=0.3, offers_per_customer=1)
    cost = result.assignments.groupby("arm")["expected_partner_cost"].sum()
    assert cost["exploration"] > 0
    assert cost["treatment"] <= 3.0 * 0.7
    assert cost.sum() <= 3.0


def test_a_new_offer_is_issued_as_often_as_managers_ask_even_at_a_loss() -> None:
    coupons = offers("A", "B", discount_value=[1.0, 3.0])  # B: 0.1 × (2 - 3) = -0.1
    terms = [{"offer_id": "B", "minimum_issue": 1}]
    world = morning(coupons=coupons)
    assert "B" not in {offer for _, offer in given(decided(world))}
    result = decided(with_rules(world, offer_terms=terms))
    assert [offer for _, offer in given(result)].count("B") == 1


def test_a_minimum_issue_is_spread_over_the_days_that_are_left() -> None:
    people = customers(*[f"{number:02}" for number in range(10)])
    coupons = offers("A", discount_value=3.0, valid_until=DAY + pd.Timedelta(days=3))
    world = with_rules(morning(people, coupons), offer_terms=[{"offer_id": "A", "minimum_issue": 10}])
    assert len(given(decided(world))) == 3  # 10 copies in 4 days


@pytest.mark.parametrize(("budget", "count"), [(0.1, 0), (0.3, 1), (10.0, 2)])
def test_a_minimum_issue_ends_where_the_budget_does_and_stops_nobody(budget: float, count: int) -> None:
    coupons = offers("A", "B", campaign_id=["C", "D"], discount_value=[3.0, 1.0])  # a copy of A costs 0.1 × 3
    money = pd.concat([campaigns(budget=budget), campaigns(campaign="D")], ignore_index=True)
    terms = [{"offer_id": "A", "minimum_issue": 2}]
    result = given(decided(with_rules(morning(coupons=coupons, campaigns=money), offer_terms=terms)))
    assert [offer for _, offer in result].count("A") == count
    assert [offer for _, offer in result].count("B") == 2


PRICES = ["shadow_price", "partner_shadow_price", "copies_shadow_price", "minimum_shadow_price"]


def test_every_limit_on_an_offer_is_published_with_its_price() -> None:
    people = customers(*[f"{number:03}" for number in range(100)])
    names, face = ["A", "B", "D", "E"], [1.0, 1.0, 3.0, 1.0]
    coupons = offers(*names, discount_value=face, campaign_id=names, issue_limit=[None, 5, None, None])
    coupons = coupons.assign(shop_funded_rate=[0.5, 1.0, 1.0, 1.0])
    money = pd.concat([campaigns(campaign=name, budget=0.7 if name == "E" else 100.0) for name in names])
    terms = [{"offer_id": "A", "partner_id": "P"}, {"offer_id": "D", "minimum_issue": 4}]
    world = morning(people, coupons, campaigns=money.reset_index(drop=True))
    plans = decided(
        with_rules(world, offer_terms=terms, partners=[partner(0.52)]), offers_per_customer=4
    ).offer_plans.set_index("offer_id")
    # A earns 0.15 for 0.05 of the partner's, B 0.10 a copy, D loses 0.10 a copy, E earns 0.10 for 0.10
    told = plans[PRICES].to_numpy()
    assert told[0, :2] == pytest.approx([0.0, 3.0], abs=0.02)
    assert told[1, [0, 2]] == pytest.approx([0.0, 0.1], abs=0.002)
    assert told[2, [0, 3]] == pytest.approx([0.0, -0.1], abs=0.002)
    assert told[3, 0] == pytest.approx(1.0, abs=0.01)
    has_price = {"A": PRICES[:2], "B": [PRICES[0], PRICES[2]], "D": [PRICES[0], PRICES[3]], "E": PRICES[:1]}
    assert {name: [column for column in PRICES if plans.notna().loc[name, column]] for name in names} == has_price
    assert plans["day_value"].tolist() == pytest.approx([10 * 0.15 + 5 * 0.10 - 4 * 0.10 + 7 * 0.10] * 4)
    assert (plans["day_bound"] >= plans["day_value"] - 1e-9).all()
    assert plans["day_gap_rate"].tolist() == pytest.approx((1 - plans["day_value"] / plans["day_bound"]).tolist())


def return_of(assignments: pd.DataFrame) -> float:
    return float(
        (assignments["expected_margin"] + assignments["expected_cost"]).sum() / assignments["expected_cost"].sum()
    )


@pytest.mark.parametrize(("floor", "count"), [(None, 30), (1.4, 30), (1.6, 30), (1.7, 24), (2.0, 10), (2.3, 0)])
def test_a_campaigns_plan_brings_the_least_return_on_spend_that_is_asked(floor: float | None, count: int) -> None:
    people, coupons = customers(*[f"{number:02}" for number in range(30)]), offers("A")
    # margins of 0.20, 0.16 and 0.12 for a cost of 0.10: together 1.6, the best twenty 1.8, the best ten 2.0
    chances = pairs(people, coupons).assign(mean_scope_amount=[8.0] * 10 + [6.4] * 10 + [4.8] * 10)
    result = decided(morning(people, coupons, pairs=chances), min_return_on_spend=floor)
    assert len(given(result)) == count
    if floor and count:
        assert return_of(result.assignments) >= floor - 1e-9


def test_a_minimum_issue_gives_way_to_the_least_return_on_spend() -> None:
    world = with_rules(morning(), offer_terms=[{"offer_id": "A", "minimum_issue": 2}])  # a return of 2
    assert len(given(decided(world, min_return_on_spend=1.9))) == 4
    assert given(decided(world, min_return_on_spend=2.1)) == []


def test_minimum_issues_that_exclude_each_other_are_met_in_part() -> None:
    coupons = offers("A", "B", discount_value=3.0)
    terms = [{"offer_id": name, "minimum_issue": 2} for name in "AB"]
    world = with_rules(morning(coupons=coupons), offer_terms=terms, stacking_rules=[rule("exclusive", "A", "B")])
    assert sorted(offer for _, offer in given(decided(world))) == ["A", "B"]


THRESHOLD = {"offer_type": "spend_threshold", "discount_value": 5.0, "min_basket": 50.0, "scope_size": 0}
STEPS = [{"offer_id": "T", "min_basket": 30.0, "discount_value": 2.0}]


def threshold_world(*amounts: float, **changes: Any) -> World:
    people, coupons = customers(*[str(number) for number in range(len(amounts))]), offers("T", **(THRESHOLD | changes))
    chances = pairs(people, coupons).assign(mean_scope_amount=list(amounts))
    return with_rules(morning(people, coupons, pairs=chances), offer_menus=STEPS)


def test_each_customer_gets_one_step_of_a_menu_and_is_told_which() -> None:
    result = decided(threshold_world(40.0, 120.0, margin_rate=0.15))
    # own terms: 0.1 × (50 × 0.15 - 5) = 0.25, then 0.1 × (120 × 0.15 - 5) = 1.30.
    # step of the first: depth (2/40) / (5/50) = 1/2, reach 1 / 0.8: benefit 0.75 × 0.625, cost 0.5 × 2/5 × 1.25 = 0.25
    # step of the second: depth 2/5, reach 1: benefit 1.8 × 0.4, cost 0.5 × 0.4 = 0.2: 0.52
    rows = result.assignments
    assert rows["min_basket"].tolist() == [50.0, 50.0]
    assert rows["expected_margin"].tolist() == pytest.approx([0.25, 1.3])
    tight = decided(replace(threshold_world(40.0, 40.0, margin_rate=0.15), campaigns=campaigns(budget=0.6)))
    assert tight.assignments["min_basket"].tolist() == [50.0] or sorted(tight.assignments["min_basket"]) == [30.0, 30.0]


def test_a_step_is_chosen_where_it_earns_more_and_shows_in_what_is_published() -> None:
    result = decided(threshold_world(40.0, margin_rate=0.11))
    # own terms: 0.1 × (50 × 0.11 - 5) = 0.05; step: 0.55 × 0.625 - 0.25 = 0.09375
    row = result.assignments.iloc[0]
    assert (row["min_basket"], row["discount_value"]) == (30.0, 2.0)
    assert row["expected_margin"] == pytest.approx(0.0938)
    assert row["expected_cost"] == pytest.approx(0.25)
    assert "Needs a basket of 30.00 USD" in row["reasons"]
    assert "takes off 2.00 USD" in row["reasons"]
    assert len(result.assignments) == 1


def test_nobody_whose_basket_is_unknown_gets_a_step() -> None:
    result = decided(threshold_world(np.nan, 40.0, margin_rate=0.11))
    assert result.assignments.set_index("customer_id")["min_basket"].to_dict() == {"1": 30.0, "0": 50.0}


RESPONSES = pd.DataFrame(
    {
        "customer_id": ["1", "1", "2"],
        "channel": ["crm", "app", "app"],
        "hour": [10, 19, 19],
        "messages": [10, 10, 10],
        "answers": [9, 0, 5],
    }
)


def test_channel_and_hour_follow_what_customers_answered() -> None:
    people = customers("1", "2", "3", "4", preferred_channel=["web", "web", "web", "store"])
    people["preferred_hour"] = [23.0, 23.0, 23.0, np.nan]
    world = morning(people, offers("A", channel=None), responses=RESPONSES)
    rows = decided(world).assignments
    # nobody knows how the second customer, who was only written to in the app, would answer another channel
    assert rows["channel"].tolist() == ["crm", "app", "web", "app"]
    assert rows["channel_basis"].tolist() == ["response", "response", "orders", "default"]
    assert rows["hour_basis"].tolist() == ["response", "response", "orders", "default"]
    local = rows["send_at"].dt.tz_localize("UTC").dt.tz_convert("America/New_York").dt.hour
    assert local.tolist() == [10, 10, 18, 17]


def test_an_answered_channel_needs_consent() -> None:
    consents = pd.DataFrame({"customer_id": ["1", "2"], "channel": ["app", "crm"], "is_granted": True})
    world = morning(coupons=offers("A", channel=None), responses=RESPONSES, consents=consents)
    assert decided(world).assignments["channel"].tolist() == ["app", "crm"]


def test_with_few_messages_nothing_is_learned() -> None:
    world = morning(coupons=offers("A", channel=None), responses=RESPONSES)
    rows = decided(world, response_min_messages=1000).assignments
    assert set(rows["channel_basis"]) == {"default"}
    assert set(rows["hour_basis"]) == {"orders"}
