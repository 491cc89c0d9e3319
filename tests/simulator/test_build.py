"""Built and lived on, the same shop always has the same files: by seed, by steps, and after a kill."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from simulator import build, policy, world
from simulator.build import Place
from simulator.calendar import date_of
from simulator.decisions import Decided, to_messages
from simulator.memory import Memory
from simulator.messages import Messages
from simulator.offers import active_offers
from tests.simulator import small_build
from tests.simulator.small_build import USUAL, contents
from warehouse.errors import BadInput, NotAvailable
from warehouse.settings import ROOT

DAYS = 12


def copy(place: Place, folder: Path) -> Place:
    shutil.copytree(place.out, folder)
    return Place(folder)


def decide(place: Place) -> Messages:
    """Two offers for every tenth customer."""
    known = world.load(place.truth)
    offers = active_offers(known.known, known.catalogue, known.customers, known.seed, known.next_day)[:2]
    rows = policy.reachable(known, known.next_day).rows[::10]
    customer = [str(one) for one in np.repeat(known.people.customer_id[rows], 2)]
    count = len(customer)
    offered = [offer.offer_id for _ in rows for offer in offers]
    decided = Decided(customer, offered, ["app"] * count, ["treatment"] * count, [0.5] * count)
    return to_messages(known, decided, date_of(known.known, known.next_day))


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return small_build.write(tmp_path_factory.mktemp("short"), DAYS)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(short: Place, tmp_path: Path) -> None:
    again = small_build.write(tmp_path / "again", DAYS)
    other = small_build.write(tmp_path / "other", DAYS, seed=4)
    assert contents(again.out) == contents(short.out)
    for name in ("orders", "customers", "exposures"):
        assert contents(other.shop / name).values() != contents(short.shop / name).values()
    assert contents(other.truth) != contents(short.truth)


def test_a_step_twice_from_the_same_evening_gives_the_same_bytes(short: Place, tmp_path: Path) -> None:
    one, other = copy(short, tmp_path / "one"), copy(short, tmp_path / "other")
    for place in (one, other):
        build.step(place, decide(place), USUAL)
    assert contents(one.out) == contents(other.out)
    assert contents(one.out) != contents(short.out)


def test_three_days_at_once_are_three_times_one_day(short: Place, tmp_path: Path) -> None:
    at_once, singly = copy(short, tmp_path / "at once"), copy(short, tmp_path / "singly")
    build.step(at_once, decide(at_once), USUAL, days=3)
    build.step(singly, decide(singly), USUAL)
    for _ in range(2):
        build.step(singly, build.no_messages(), USUAL)
    assert contents(at_once.out) == contents(singly.out)


def test_a_past_lived_in_two_parts_is_the_past_lived_at_once(short: Place, tmp_path: Path) -> None:
    """What a day leaves behind is all on disk: a second process goes on as the first would have."""
    place, made = Place(tmp_path), small_build.create(DAYS)
    world.save_constants(made, place.truth)
    build.live(made, place, Memory(), USUAL, [policy.send_own] * 5, quiet=True)
    later = world.load(place.truth)
    build.live(later, place, Memory.read(place.memory(5)), USUAL, [policy.send_own] * (DAYS - 5), quiet=True)
    assert contents(place.shop) == contents(short.shop)
    assert (place.truth / "world/state.npz").read_bytes() == (short.truth / "world/state.npz").read_bytes()


KILLED = """
import os, sys
from pathlib import Path
from simulator import build, files, world
from simulator.build import Place
from tests.simulator.small_build import USUAL
from tests.simulator.test_build import decide

place, when = Place(Path(sys.argv[1])), sys.argv[2]
if when == "state":
    world.save_state = lambda *_: os._exit(9)
else:
    whole, left = files.write_delivery, [int(when)]
    def write(*given):
        left[0] -= 1
        os._exit(9) if left[0] < 0 else whole(*given)
    files.write_delivery = write
build.step(place, decide(place), USUAL, 2)
"""


@pytest.mark.parametrize("when", ["2", "13", "state"])
def test_a_step_that_was_killed_is_made_again(short: Place, tmp_path: Path, when: str) -> None:
    """In the first day's files, in the second's, and just before the state is written."""
    whole, killed = copy(short, tmp_path / "whole"), copy(short, tmp_path / "killed")
    build.step(whole, decide(whole), USUAL, 2)
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(killed.out), when], cwd=ROOT, env=os.environ, check=False
    ).returncode
    assert ended == 9
    assert contents(killed.out) != contents(whole.out)
    build.step(killed, decide(killed), USUAL, 2)
    assert contents(killed.out) == contents(whole.out)


def test_a_build_that_was_killed_is_no_shop_to_step_on(short: Place, tmp_path: Path) -> None:
    place = copy(short, tmp_path / "shop")
    (place.truth / "world" / "state.npz").unlink()
    with pytest.raises(NotAvailable, match=r"there is no simulated shop in .*; build it with"):
        build.step(place, build.no_messages(), USUAL)


def test_a_foreign_folder_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "orders.csv").write_text("mine")
    with pytest.raises(BadInput, match="is not empty and holds no simulated shop; choose another folder with --out"):
        small_build.write(tmp_path, DAYS)
    assert contents(tmp_path) == {"shop/orders.csv": b"mine"}


def test_an_own_folder_is_built_anew_and_other_things_in_it_stay(short: Place, tmp_path: Path) -> None:
    place = copy(short, tmp_path / "shop")
    (place.out / "notes.txt").write_text("mine")
    (place.shop / "orders" / "day=2030-01-01").mkdir()
    small_build.write(place.out, DAYS)
    assert contents(place.out) == contents(short.out) | {"notes.txt": b"mine"}
    assert not (place.shop / "orders" / "day=2030-01-01").exists()
