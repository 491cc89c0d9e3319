"""A small shop of sixty days as files, built once for all tests that only read it."""

from pathlib import Path

from simulator import build, parameters, world
from simulator.build import Place
from simulator.dirt import Rates
from simulator.world import World

CUSTOMERS, PRODUCTS, DAYS, SEED = 1_500, 120, 60, 3
USUAL = Rates.from_parameters(parameters.load().dirt)


def create(days: int = DAYS, seed: int = SEED, customers: int = CUSTOMERS) -> World:
    return world.create(customers, PRODUCTS, days, seed)


def write(
    out: Path, days: int = DAYS, seed: int = SEED, rates: Rates | None = None, customers: int = CUSTOMERS
) -> Place:
    place = Place(out)
    build.build(create(days, seed, customers), place, rates or USUAL, quiet=True)
    return place


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}
