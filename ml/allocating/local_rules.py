"""Which of a customer's rules can be broken at all, and which of them are nested, so that taking the best is exact."""

from collections.abc import Sequence

import numpy as np

from ml.allocating.local_choice import LocalRule
from ml.allocating.problem import Rule
from ml.allocating.slots import Slots

CELLS_PER_PAIR = 4


def settle_rules(rules: Sequence[Rule], slots: Slots, offers_per_customer: int) -> tuple[list[LocalRule], int]:
    """The rules that can forbid something, nested ones first, and how many are nested.

    Rules are nested when the groups of one lie within the groups of the other, as offers lie within scopes.
    """
    own = [own_rule(rule, slots) for rule in rules]
    own = [rule for rule in own if can_bind(rule, slots, offers_per_customer)]
    nested: list[LocalRule] = []
    crossing: list[LocalRule] = []
    for rule in own:
        if any(is_implied(rule, other) for other in own if other is not rule and not is_implied(other, rule)):
            continue
        is_nested = all(lies_within(rule, other) or lies_within(other, rule) for other in nested)
        (nested if is_nested else crossing).append(rule)
    return nested + crossing, len(nested)


def own_rule(rule: Rule, slots: Slots) -> LocalRule:
    most = rule.most[slots.row].astype(np.int32) if isinstance(rule.most, np.ndarray) else int(rule.most)
    return LocalRule(rule.group[slots.row].astype(np.int32), most)


def can_bind(rule: LocalRule, slots: Slots, offers_per_customer: int) -> bool:
    """Whether some customer could break the rule without having too many offers anyway."""
    least = int(np.min(rule.most, initial=offers_per_customer))
    if least >= offers_per_customer:
        return False
    codes, customers = int(rule.code.max(initial=-1)) + 1, len(slots.customer)
    if codes * customers > CELLS_PER_PAIR * len(rule.code):
        return True
    counts = np.zeros(codes * customers, dtype=np.int16)
    for start, width in zip(slots.starts, slots.widths, strict=False):
        code = rule.code[start : start + width]
        concerned = np.flatnonzero(code >= 0)
        counts[concerned * codes + code[concerned]] += 1
    return bool(counts.max(initial=0) > least)


def lies_within(inner: LocalRule, outer: LocalRule) -> bool:
    """Whether all pairs of each inner group are of one outer group, or of none.

    >>> offers, scopes = LocalRule(np.array([0, 1, 2]), 1), LocalRule(np.array([5, 5, 6]), 1)
    >>> lies_within(offers, scopes), lies_within(scopes, offers)
    (True, False)
    """
    concerned = inner.code >= 0
    within = np.full(int(inner.code.max(initial=-1)) + 1, -1, dtype=np.int64)
    within[inner.code[concerned]] = outer.code[concerned]
    return bool((within[inner.code[concerned]] == outer.code[concerned]).all())


def is_implied(rule: LocalRule, other: LocalRule) -> bool:
    """Whether who keeps the other rule keeps this one: its groups lie within, and no more are allowed."""
    if not (isinstance(rule.most, int) and isinstance(other.most, int) and other.most <= rule.most):
        return False
    return bool((other.code[rule.code >= 0] >= 0).all()) and lies_within(rule, other)
