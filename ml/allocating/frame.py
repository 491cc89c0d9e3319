"""The allocator for a frame from anywhere: limits and rules name columns, results come back as frames."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
import pandas as pd

from ml.allocating.book import prepare
from ml.allocating.problem import AT_MOST, FloatArray, IntArray, Resource, Rule
from ml.allocating.solve import solve, weigh
from warehouse.errors import BadInput


@dataclass(frozen=True)
class Limit:
    """A limit over all customers.

    `most` is one number for everything, one for each group of the column `per`, or a number per group by its name;
    `usage` is the column that is added up, or nothing to count offers; `sense` may be 'at least'.
    """

    most: float | Mapping[object, float]
    per: str | None = None
    usage: str | None = "cost"
    sense: str = AT_MOST

    @property
    def name(self) -> str:
        return f"{self.usage or 'offers'} per {self.per}" if self.per else (self.usage or "offers")


@dataclass(frozen=True)
class Together:
    """A limit within each customer: of one group of `column` at most `most` go together (a number, or a column)."""

    column: str
    most: int | str = 1


@dataclass(frozen=True)
class Terms:
    """What an allocation of a frame keeps to, and what it is worth: `weights` are those of the frame's columns."""

    limits: Sequence[Limit] = ()
    rules: Sequence[Together] = ()
    offers_per_customer: int = 1
    weights: Mapping[str, float] = field(default_factory=lambda: {"value": 1.0})
    alone: str | None = None


@dataclass(frozen=True)
class FrameAllocation:
    """The chosen rows, and a row per limit and group with use and shadow price."""

    chosen: pd.DataFrame
    limits: pd.DataFrame
    value: float
    bound: float
    gap: float


def allocate_frame(frame: pd.DataFrame, terms: Terms) -> FrameAllocation:
    """Choose rows of a frame of customer–offer pairs: the most weighted value within the terms.

    `frame` has the columns customer and offer (any type), those the weights name (currency, of either sign) and those
    the limits and rules name; a missing group is not concerned. Raises BadInput where a column or a group is unknown,
    InfeasibleLimits where a limit cannot be met, ValueError where an amount is not finite. Method: `ml.allocation`.

    >>> pairs = pd.DataFrame({"customer": ["ann", "ann", "bob"], "offer": ["tea", "jam", "tea"],
    ...     "value": [3.0, 2.0, 4.0], "cost": [1.0, 1.0, 2.0]})
    >>> result = allocate_frame(pairs, Terms(limits=[Limit(2.0)]))
    >>> result.chosen["customer"].tolist(), result.value
    (['bob'], 4.0)
    """
    known = {"customer", "offer", *terms.weights, *named_columns(terms)}
    if missing := sorted(known - set(frame.columns)):
        raise BadInput(f"the frame of pairs lacks the columns {', '.join(missing)}")
    parts = {name: amounts(frame, name) for name in terms.weights}
    rules = [as_rule(frame, rule) for rule in (Together("offer"), *terms.rules)]
    alone = None if terms.alone is None else frame[terms.alone].to_numpy(dtype=bool)
    customer, offer = (codes(frame[name])[0] for name in ("customer", "offer"))
    value = weigh(parts, terms.weights)
    prepared = prepare(customer, offer, terms.offers_per_customer, rules, alone, ties=(value,))
    solution = solve(prepared, value, [as_resource(frame, limit) for limit in terms.limits])
    return FrameAllocation(
        chosen=frame[solution.is_chosen],
        limits=pd.DataFrame([asdict(use) for use in solution.uses]),
        value=solution.value,
        bound=solution.bound,
        gap=solution.gap,
    )


def named_columns(terms: Terms) -> list[str]:
    of_limits = [name for limit in terms.limits for name in (limit.per, limit.usage)]
    of_rules = [name for rule in terms.rules for name in (rule.column, rule.most)]
    return [name for name in (*of_limits, *of_rules, terms.alone) if isinstance(name, str)]


def amounts(frame: pd.DataFrame, name: str) -> FloatArray:
    return frame[name].to_numpy(dtype=float)


def codes(column: pd.Series) -> tuple[IntArray, pd.Index]:
    """Numbers from 0 in the order of the names, -1 where there is none; and the names."""
    code, names = pd.factorize(column, sort=True)
    return code.astype(np.int64), pd.Index(names)


def as_resource(frame: pd.DataFrame, limit: Limit) -> Resource:
    usage = 1.0 if limit.usage is None else amounts(frame, limit.usage)
    if limit.per is None:
        if isinstance(limit.most, Mapping):
            raise BadInput(f"limits by name for {limit.name} need a column whose groups they name")
        return Resource(limit.name, np.zeros(len(frame), dtype=np.int64), usage, np.array([limit.most]), limit.sense)
    group, names = codes(frame[limit.per])
    if isinstance(limit.most, Mapping):
        if unknown := [name for name in limit.most if name not in names]:
            names = names.append(pd.Index(unknown))
        none = np.inf if limit.sense == AT_MOST else -np.inf
        most = np.array([limit.most.get(name, none) for name in names], dtype=float)
    else:
        most = np.full(len(names), float(limit.most))
    return Resource(limit.name, group, usage, most, limit.sense, labels=names.tolist())


def as_rule(frame: pd.DataFrame, rule: Together) -> Rule:
    most = rule.most if isinstance(rule.most, int) else frame[rule.most].to_numpy(dtype=np.int64)
    return Rule(rule.column, codes(frame[rule.column])[0], most)
