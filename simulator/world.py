"""The world: what never changes, what a day leaves behind, and how both are kept on disk without pickle."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from simulator import parameters
from simulator.catalogue import Catalogue, FloatArray, make_catalogue
from simulator.people import MESSAGE_CHANNELS, People, make_people
from warehouse.errors import BadInput, NotAvailable

NEW, ACTIVE, LAPSED, CHURNED, UNKNOWN = range(5)
NEVER = -(10**6)
NO_OFFER = -1


@dataclass
class State:
    """What the days so far have left; one entry per customer unless said otherwise.

    held_*: the offer a customer attends to by its code, with its effect. skip: wishes to buy already met by earlier
    orders, from skip_from on.
    """

    stage: NDArray[np.int8]
    orders: NDArray[np.int32]
    first_order: NDArray[np.int32]
    last_order: NDArray[np.int32]
    fatigue: NDArray[np.float32]
    consents: NDArray[np.bool_]
    held: NDArray[np.int32]
    held_until: NDArray[np.int32]
    held_appeal: NDArray[np.float32]
    held_pull: NDArray[np.float32]
    held_rise: NDArray[np.float32]
    held_rest: NDArray[np.float32]
    skip: NDArray[np.int8]
    skip_from: NDArray[np.int32]
    stock: FloatArray  # by product
    on_order: FloatArray  # by day of arrival (the next ones) and product
    sold: FloatArray  # smoothed units a day by product


@dataclass
class World:
    """A shop, its customers, and the day it will live next."""

    known: SimpleNamespace
    seed: int
    customers: int
    days: int
    catalogue: Catalogue
    people: People
    state: State
    next_day: int = 0
    recent: dict[int, dict[str, np.ndarray]] = field(
        default_factory=dict
    )  # lines of the last days, for ratings and returns

    def registered(self, day: int) -> int:
        """How many customers have registered up to and including a day; they are the first so many."""
        return int(np.searchsorted(self.people.registered_on, day, side="right"))


def create(customers: int, products: int, days: int, seed: int, known: SimpleNamespace | None = None) -> World:
    known = known or parameters.load()
    catalogue = make_catalogue(known, products, days, seed)
    people = make_people(known, catalogue, customers, days, seed)
    return World(known, seed, customers, days, catalogue, people, begin(known, catalogue, people))


def begin(known: SimpleNamespace, catalogue: Catalogue, people: People) -> State:
    """The evening before the first day: nobody has bought yet as far as the shop's records go."""
    count, products = len(people), catalogue.products

    def each(value: float, kind: type[np.generic]) -> NDArray[Any]:
        return np.full(count, value, dtype=kind)

    return State(
        stage=each(UNKNOWN, np.int8),
        orders=each(0, np.int32),
        first_order=each(NEVER, np.int32),
        last_order=each(NEVER, np.int32),
        fatigue=each(0, np.float32),
        consents=np.zeros((count, len(MESSAGE_CHANNELS)), dtype=bool),
        held=each(NO_OFFER, np.int32),
        held_until=each(NEVER, np.int32),
        held_appeal=each(0, np.float32),
        held_pull=each(0, np.float32),
        held_rise=each(0, np.float32),
        held_rest=each(1, np.float32),
        skip=each(0, np.int8),
        skip_from=each(NEVER, np.int32),
        stock=np.zeros(products),
        on_order=np.zeros((known.stock.lead_days[1] + 1, products)),
        sold=np.zeros(products),
    )


def save_constants(world: World, truth: Path) -> None:
    """What the days never change."""
    folder = truth / "world"
    folder.mkdir(parents=True, exist_ok=True)
    write_arrays(folder / "catalogue.npz", vars(world.catalogue))
    write_arrays(folder / "people.npz", vars(world.people))
    write_text(folder / "parameters.yml", yaml.safe_dump(as_entries(world.known), sort_keys=False))
    write_text(
        folder / "about.json", json.dumps({name: getattr(world, name) for name in ("seed", "customers", "days")})
    )


def save_state(world: World, truth: Path) -> None:
    """What the days so far have left, in one file that appears when it is whole."""
    recent = {f"{day}.{name}": array for day, lines in world.recent.items() for name, array in lines.items()}
    state = {f"state.{name}": array for name, array in vars(world.state).items()}
    write_arrays(truth / "world" / "state.npz", state | recent | {"next_day": np.array(world.next_day)})


def as_entries(known: SimpleNamespace) -> dict:
    """Parameters back in the form of their file, so that a saved world reads like a chosen one."""
    documented = yaml.safe_load(parameters.FILE.read_text())
    return {
        section: {name: documented[section][name] | {"value": value} for name, value in vars(entries).items()}
        for section, entries in vars(known).items()
    }


def load(truth: Path) -> World:
    folder = truth / "world"
    if not (folder / "state.npz").exists():
        raise NotAvailable(f"there is no simulated shop in {truth.parent}; build it with `python -m simulator build`")
    stored = read_arrays(folder / "state.npz")
    next_day = int(stored.pop("next_day"))
    state: dict[str, np.ndarray] = {}
    recent: dict[int, dict[str, np.ndarray]] = {}
    for name, array in stored.items():
        where, column = name.split(".")
        (state if where == "state" else recent.setdefault(int(where), {}))[column] = array
    return World(
        known=parameters.load(folder / "parameters.yml"),
        catalogue=Catalogue(**read_arrays(folder / "catalogue.npz")),
        people=People(**read_arrays(folder / "people.npz")),
        state=State(**state),
        next_day=next_day,
        recent=recent,
        **json.loads((folder / "about.json").read_text()),
    )


def write_arrays(file: Path, arrays: dict[str, np.ndarray]) -> None:
    unfinished = file.with_suffix(".unfinished")
    with unfinished.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)
    unfinished.replace(file)


def read_arrays(file: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError) as error:
        raise BadInput(f"{file} cannot be read; build the simulated shop anew") from error


def write_text(file: Path, text: str) -> None:
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(text)
    unfinished.replace(file)
