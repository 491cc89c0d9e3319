"""What an allocation is asked: limits over all customers, rules for each customer, and the errors it may raise."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.errors import BadInput

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
CodeArray = NDArray[np.integer[Any]]

AT_MOST, AT_LEAST = "at most", "at least"


class InfeasibleLimits(BadInput, ValueError):
    """No choice keeps to all limits; the message names the one that cannot be met."""


@dataclass(frozen=True)
class Resource:
    """A limit over all customers: in every group the usage of the chosen pairs adds up to at most (at least) `limit`.

    `group` (one code per pair, -1 where the pair is not concerned), `usage` (one amount per pair, of either sign; one
    number where it is the same for all), `limit` (one per group, infinite where there is none), `labels` (names of the
    groups for messages).
    """

    name: str
    group: IntArray
    usage: FloatArray | float
    limit: FloatArray
    sense: str = AT_MOST
    labels: Sequence[object] | None = None

    def label(self, group: int) -> str:
        """
        >>> Resource("budget of campaign", np.zeros(1, int), 1.0, np.ones(1), labels=["spring"]).label(0)
        'budget of campaign spring'
        """
        if self.labels is not None:
            return f"{self.name} {self.labels[group]}"
        return f"{self.name} {group}" if len(self.limit) > 1 else self.name


@dataclass(frozen=True)
class Rule:
    """A limit within one customer: of the pairs of one `group` at most `most` go together.

    `group` is a code per pair (-1: not concerned); `most` is one number, or one per pair where customers differ, as
    with contacts left on a channel.
    """

    name: str
    group: IntArray
    most: int | IntArray = 1


@dataclass(frozen=True)
class Use:
    """How far one limit is used, and what one more unit of it would earn (negative where a minimum costs value)."""

    name: str
    group: int
    label: str
    used: float
    limit: float
    sense: str
    shadow_price: float


@dataclass(frozen=True)
class Solution:
    """What was chosen, what it is worth, and what no choice within the limits can exceed."""

    is_chosen: BoolArray
    value: float
    bound: float
    uses: tuple[Use, ...]
    prices: FloatArray

    @property
    def gap(self) -> float:
        """Share of the bound that may have been missed, 0 to 1; infinity where the bound is not positive."""
        missed = max(self.bound - self.value, 0.0)
        if missed == 0:
            return 0.0
        return missed / abs(self.bound) if self.bound else float("inf")
