"""Made-up people: all different, nobody's real address, and rings of which most share an address."""

import re

import numpy as np
import pyarrow as pa
import pytest

from simulator.registration import register

MANY = 20_000


@pytest.fixture(scope="module")
def people() -> pa.Table:
    return register(np.random.default_rng(1), MANY, 5)


def in_rings(rings: list[int], first_number: int = 0, seed: int = 1) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = register(
        np.random.default_rng(seed), len(rings), first_number, np.array(rings, np.int32)
    ).to_pylist()
    return rows


def shared(one: dict[str, str], other: dict[str, str]) -> set[str]:
    return {name for name in one if one[name] == other[name]}


def test_numbers_go_on_where_they_are_told(people: pa.Table) -> None:
    assert people["phone"][0].as_py() == "+8610000000005"
    assert people["phone"][MANY - 1].as_py() == f"+86100{MANY + 4:08d}"


@pytest.mark.parametrize("column", ["email", "phone"])
def test_nobody_shares_by_chance(people: pa.Table, column: str) -> None:
    assert len(people[column].unique()) == MANY


def test_addresses_and_names_vary(people: pa.Table) -> None:
    assert len(people["address"].unique()) > 0.99 * MANY
    assert len(people["name"].unique()) > 1000


def test_mail_and_telephone_can_reach_nobody(people: pa.Table) -> None:
    assert all(
        re.fullmatch(r"[a-z]+\.[a-z]+\.\d+@example\.(com|org|net)", mail) for mail in people["email"].to_pylist()
    )
    assert all(re.fullmatch(r"\+86100\d{8}", phone) for phone in people["phone"].to_pylist())


def test_the_same_seed_gives_the_same_people() -> None:
    assert in_rings([-1, 3, 3]) == in_rings([-1, 3, 3])
    assert in_rings([-1], seed=1) != in_rings([-1], seed=2)


@pytest.mark.parametrize(("ring", "common"), [(0, {"address"}), (1, set()), (2, {"address"}), (3, {"address"})])
def test_two_of_three_rings_share_an_address_and_nobody_else_does(ring: int, common: set[str]) -> None:
    one, other, stranger = in_rings([ring, ring, -1])
    assert shared(one, other) == common
    assert shared(one, stranger) == set()


def test_two_rings_of_a_kind_share_nothing() -> None:
    one, other = in_rings([2, 5])
    assert shared(one, other) == set()


def test_a_member_who_joins_later_shares_the_same() -> None:
    early, late = in_rings([2])[0], in_rings([2], first_number=900, seed=8)[0]
    assert shared(early, late) == {"address"}
