"""Limits over all customers as rows of one system, in whole units, so that sums are exact in any order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from ml.allocating.problem import AT_LEAST, FloatArray, IntArray, Resource
from ml.allocating.slots import Slots

EXACT = 2.0**46  # sums of so many units are exact, and single amounts are still known to a hundredth of a unit
SNAP = 0.02  # an amount this close to a whole unit is one: 0.1 is no binary fraction


@dataclass(frozen=True)
class Column:
    """Amounts that several limits count: of each place the units and a code; `incidence` (codes × rows) says where."""

    usage: FloatArray
    code: IntArray
    incidence: sparse.csr_matrix


@dataclass(frozen=True)
class Rows:
    """m limits, all read as 'at most' (a minimum is turned round), in whole units of `unit`."""

    columns: tuple[Column, ...]
    limit: FloatArray
    unit: FloatArray
    sign: FloatArray
    resource: IntArray
    group: IntArray

    def __len__(self) -> int:
        return len(self.limit)

    def use_of(self, places: IntArray) -> FloatArray:
        """Units of every limit that the pairs at these places use together."""
        total = np.zeros(len(self))
        for column in self.columns:
            codes = column.incidence.shape[0]
            total += np.bincount(column.code[places], column.usage[places], codes) @ column.incidence
        return total

    def matrix(self, places: IntArray) -> sparse.csr_matrix:
        """Units of every limit that each pair uses: places × m; nothing where the place is -1."""
        total = sparse.csr_matrix((len(places), len(self)))
        for column in self.columns:
            usage = np.where(places >= 0, column.usage[places], 0.0)
            total += sparse.diags_array(usage) @ column.incidence[column.code[places]]
        return sparse.csr_matrix(total)


def choose_unit(amounts: FloatArray) -> float:
    """The smallest power of ten of which all amounts together are fewer than a float can count.

    >>> choose_unit(np.array([0.1, 0.2])), choose_unit(np.array([3e9]))
    (1e-14, 0.0001)
    """
    total = float(np.abs(amounts).sum())
    return float(10.0 ** np.ceil(np.log10(max(total, 1e-280) / EXACT)))


def to_units(amounts: FloatArray, unit: float) -> FloatArray:
    """Whole units, rounded up, so that no sum is ever understated; what is whole but for its last bit stays whole.

    >>> to_units(np.array([0.1, 0.25, -0.25]), 0.1).tolist()
    [1.0, 3.0, -2.0]
    """
    return np.ceil(amounts / unit - SNAP)


@dataclass
class Growing:
    """Rows while they are being collected: per row the limit, its unit, sign and where it comes from."""

    limit: list[float] = field(default_factory=list)
    unit: list[float] = field(default_factory=list)
    sign: list[float] = field(default_factory=list)
    resource: list[int] = field(default_factory=list)
    group: list[int] = field(default_factory=list)


def compile_rows(resources: Sequence[Resource], slots: Slots, pairs: int) -> Rows:
    """One row per group whose limit can be exceeded at all; limits that count the same amounts share a column."""
    shared: dict[tuple[int, str], list[int]] = {}
    for place, resource in enumerate(resources):
        if np.isfinite(resource.limit).any():
            shared.setdefault((identity(resource.usage), resource.sense), []).append(place)
    growing = Growing()
    parts = [compile_column(resources, members, slots, pairs, growing) for members in shared.values()]
    columns = tuple(
        Column(usage, code, sparse.csr_matrix((np.ones(len(entries)), tuple(np.array(entries).T)), (codes, rows)))
        for usage, code, entries, codes in parts
        if entries and (rows := len(growing.limit))
    )
    numbers = (np.array(part, dtype=float) for part in (growing.limit, growing.unit, growing.sign))
    places = (np.array(part, dtype=np.int64) for part in (growing.resource, growing.group))
    return Rows(columns, *numbers, *places)


def compile_column(
    resources: Sequence[Resource], members: Sequence[int], slots: Slots, pairs: int, growing: Growing
) -> tuple[FloatArray, IntArray, list[tuple[int, int]], int]:
    """Units and combined code per place, and which code counts in which row; adds the rows to `growing`."""
    first = resources[members[0]]
    sign = -1.0 if first.sense == AT_LEAST else 1.0
    amounts = np.broadcast_to(np.asarray(first.usage, dtype=float), (pairs,))[slots.row] * sign
    unit = choose_unit(amounts)
    usage = to_units(amounts, unit)
    code, meaning = np.zeros(len(slots.row), dtype=np.int64), np.zeros((1, 0), dtype=np.int64)
    rows_of: list[dict[int, int]] = []
    for member in members:
        groups = resources[member].group[slots.row]
        rows_of.append(add_rows(resources[member], member, groups, (usage, unit, sign), growing))
        code, meaning = combine_codes(code, meaning, groups)
    entries = [
        (number, known[group])
        for number, tuple_of_groups in enumerate(meaning.tolist())
        for known, group in zip(rows_of, tuple_of_groups, strict=True)
        if group in known
    ]
    return usage, code.astype(np.int32), entries, len(meaning)


def add_rows(
    resource: Resource, place: int, groups: IntArray, scale: tuple[FloatArray, float, float], growing: Growing
) -> dict[int, int]:
    """The row of each group whose limit the pairs could break."""
    usage, unit, sign = scale
    concerned = groups >= 0
    largest = np.bincount(groups[concerned], np.maximum(usage[concerned], 0.0), len(resource.limit))
    limits = np.floor(sign * resource.limit / unit + SNAP)
    rows = {}
    for group in np.flatnonzero(np.isfinite(resource.limit) & (largest > limits)).tolist():
        rows[group] = len(growing.limit)
        growing.limit.append(float(limits[group]))
        growing.unit.append(unit)
        growing.sign.append(sign)
        growing.resource.append(place)
        growing.group.append(group)
    return rows


def combine_codes(code: IntArray, meaning: IntArray, groups: IntArray) -> tuple[IntArray, IntArray]:
    """One code for each pair of code and group that occurs; row c of the second result says what code c stands for.

    >>> combine_codes(np.array([0, 0, 1]), np.array([[5], [6]]), np.array([2, -1, -1]))[1].tolist()
    [[5, -1], [5, 2], [6, -1]]
    """
    spread = int(groups.max(initial=-1)) + 2
    joined = code * spread + (groups + 1)
    occurs = np.zeros(len(meaning) * spread, dtype=bool)
    occurs[joined] = True
    known = np.flatnonzero(occurs)
    number = np.cumsum(occurs) - 1
    return number[joined], np.column_stack((meaning[known // spread], known % spread - 1))


def identity(usage: FloatArray | float) -> int:
    return id(usage) if isinstance(usage, np.ndarray) else hash(float(usage))
