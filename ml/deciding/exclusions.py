"""Which offers must not go to a customer together: what the stacking rules forbid, and what they leave hollow.

Two offers under `exclusive` are never given together. Under every other rule a set is valued by the stacking
arithmetic: where the smaller offer adds less than a share (`min_stacked_rate`) of what it takes off alone, the customer
would be promised what the till does not give, and the place in the message is worth more to another offer. So best-of
keeps offers apart, sequential rarely, and a cap where both reach it. Pairs of which no rule speaks go together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from ml.allocation import BoolArray, IntArray
from ml.deciding.stacking import Promotion, Stacking, combine

Offer = Mapping[str, Any]
ANY = "any"
STRICTNESS = ("exclusive", "best_of", "per_item", "sequential")


@dataclass(frozen=True)
class Exclusions:
    """Offers that go with no other (`is_alone`, one per offer), and groups of which a customer gets one at most: each
    row of `groups` has a code per offer, -1 where the offer is not concerned."""

    is_alone: BoolArray
    groups: IntArray


def find_exclusions(offers: pd.DataFrame, rules: pd.DataFrame, min_rate: float) -> Exclusions:
    """What stacking rules (the contract's stacking_rules) forbid among the offers of a catalogue.

    `offers` has offer_id, stacking_group, campaign_id and offer_type, by which rules speak of them; scope_category,
    scope_size (0: everything) and `amount`, what a basket usually holds of their goods in currency, not a number where
    nobody knows; discount_type, `worth` (percent, or what they are worth in currency) and max_discount.
    """
    conflicts = find_conflicts(offers, rules, min_rate)
    others = ~np.eye(len(offers), dtype=bool)
    is_alone = np.logical_and((conflicts | ~others).all(axis=1), len(offers) > 1)
    conflicts[is_alone] = conflicts[:, is_alone] = False
    return Exclusions(is_alone, np.array([*cover(conflicts)], dtype=np.int64).reshape(-1, max(len(offers), 1)))


def find_conflicts(offers: pd.DataFrame, rules: pd.DataFrame, min_rate: float) -> BoolArray:
    """Which pairs of offers must not go together, as a symmetric matrix."""
    conflicts = np.zeros((len(offers), len(offers)), dtype=bool)
    rows, known_rules = as_records(offers), as_records(rules)
    for first, second in combinations(range(len(rows)) if known_rules else (), 2):
        rule = find_rule(rows[first], rows[second], known_rules)
        if rule is not None and is_hollow(rows[first], rows[second], rule, min_rate):
            conflicts[first, second] = conflicts[second, first] = True
    return conflicts


def as_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def names_of(offer: Offer) -> list[Any]:
    """The groups an offer belongs to, the narrowest first."""
    return [offer["offer_id"], offer["stacking_group"], offer["campaign_id"], offer["offer_type"], ANY]


def find_rule(first: Offer, second: Offer, rules: Sequence[Mapping[str, Any]]) -> Stacking | None:
    """The rule for two offers: the one that names them most narrowly; of those the strictest, then the first by id.

    >>> offer = {"stacking_group": None, "campaign_id": "C", "offer_type": "coupon"}
    >>> a, b = offer | {"offer_id": "a"}, offer | {"offer_id": "b"}
    >>> wide = {"rule_id": "1", "first_group": "any", "second_group": "any", "rule": "sequential",
    ...     "max_discount": None, "max_discount_rate": None}
    >>> rules = [wide, wide | {"rule_id": "2", "first_group": "b", "rule": "exclusive"}]
    >>> find_rule(a, b, rules).rule, find_rule(a, a | {"offer_id": "c"}, rules).rule
    ('exclusive', 'sequential')
    """
    found = [
        (width, STRICTNESS.index(row["rule"]), row["rule_id"], row)
        for row in rules
        if (width := match_width(row, names_of(first), names_of(second))) is not None
    ]
    if not found:
        return None
    rule = min(found, key=lambda match: match[:3])[3]
    most, most_rate = (None if pd.isna(rule[name]) else rule[name] for name in ("max_discount", "max_discount_rate"))
    return Stacking(rule["rule"], most, most_rate)


def match_width(rule: Mapping[str, Any], first: list[Any], second: list[Any]) -> int | None:
    """How wide the rule's names for two offers are, whichever is named first; None where it does not speak of both."""
    ways = ((first, second), (second, first))
    widths = [
        one.index(rule["first_group"]) + other.index(rule["second_group"])
        for one, other in ways
        if rule["first_group"] in one and rule["second_group"] in other
    ]
    return min(widths, default=None)


def is_hollow(first: Offer, second: Offer, rule: Stacking, min_rate: float) -> bool:
    """Whether the smaller of two offers adds too little to the larger one in a usual basket with the goods of both."""
    if rule.rule == "exclusive":
        return True
    if rule.rule == "best_of":
        return min_rate > 0
    basket, promotions = lay_basket(first, second)
    if not (meet(promotions) or rule.max_discount is not None or rule.max_discount_rate is not None):
        return False
    alone = Stacking("best_of", rule.max_discount, rule.max_discount_rate)
    smaller, larger = sorted(float(combine(basket, (one,), alone).worth) for one in promotions)
    return float(combine(basket, promotions, rule).worth) - larger < min_rate * smaller


def lay_basket(first: Offer, second: Offer) -> tuple[list[float], list[Promotion]]:
    """The goods of two offers, those of one category being the same, and the rest where an offer is for everything.

    >>> coupon = {"scope_category": "tea", "scope_size": 3, "amount": 8.0, "discount_type": "amount", "worth": 1.0,
    ...     "max_discount": None}
    >>> everything = coupon | {"scope_category": "", "scope_size": 0, "amount": 30.0}
    >>> basket, promotions = lay_basket(coupon, everything)
    >>> basket, [one.items for one in promotions]
    ([8.0, 22.0], [(0,), None])
    """
    goods: dict[str, float] = {}
    for offer in (first, second):
        if offer["scope_size"] > 0:
            goods[offer["scope_category"]] = max(goods.get(offer["scope_category"], 0.0), known(offer["amount"]))
    whole = max((known(offer["amount"]) for offer in (first, second) if offer["scope_size"] == 0), default=0.0)
    places = list(goods)
    basket = [*goods.values(), max(whole - sum(goods.values()), 0.0)]
    items = [None if one["scope_size"] == 0 else (places.index(one["scope_category"]),) for one in (first, second)]
    return basket, [as_promotion(offer, place) for offer, place in zip((first, second), items, strict=True)]


def meet(promotions: Sequence[Promotion]) -> bool:
    """Whether any goods are in both scopes."""
    first, second = (one.items for one in promotions)
    return first is None or second is None or first == second


def known(amount: float | None) -> float:
    return 0.0 if pd.isna(amount) else round(float(amount), 2)


def as_promotion(offer: Offer, items: tuple[int, ...] | None) -> Promotion:
    most: float | None = None if pd.isna(offer["max_discount"]) else float(offer["max_discount"])
    return Promotion(offer["discount_type"], float(offer["worth"]), items, max_discount=most)


def cover(conflicts: BoolArray) -> Iterator[IntArray]:
    """Groups of offers that all exclude each other, until every excluded pair lies in one: greedy cliques.

    >>> conflicts = np.array([[0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 1], [0, 0, 1, 0]], dtype=bool)
    >>> [row.tolist() for row in cover(conflicts)]
    [[0, 0, 0, -1], [-1, -1, 0, 0]]
    """
    open_pairs = np.triu(conflicts)
    while open_pairs.any():
        clique = list(np.argwhere(open_pairs)[0])
        for offer in range(len(conflicts)):
            if offer not in clique and conflicts[offer, clique].all():
                clique.append(offer)
        open_pairs[np.ix_(clique, clique)] = False
        row = np.full(len(conflicts), -1, dtype=np.int64)
        row[clique] = 0
        yield row
