"""Decisions for a simulated shop: read from files or a published database, in the shop's ids or in pseudonyms."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator.calendar import date_of, day_number
from simulator.messages import NO_ARM, Messages, allowed_channel, channels_of
from simulator.offers import active_offers, code_of
from simulator.people import FIRST_CUSTOMER, MESSAGE_CHANNELS
from simulator.world import World
from warehouse import connection, pii
from warehouse.arms import ARMS, WITHHELD
from warehouse.errors import BadInput, NotAvailable

READERS = {".csv": "read_csv($file, all_varchar = true)", ".parquet": "read_parquet($file)"}
DATABASE = ".duckdb"
PROMOTIONS = "select * from user_promotions where day = $day order by customer_id, rank"


@dataclass(frozen=True)
class Decided:
    """n decisions of a day as text: customer (shop's id or pseudonym), offer, channel, arm, probability."""

    customer: list[str]
    offer: list[str]
    channel: list[str | None]
    arm: list[str | None]
    probability: list[float | None]


def read(file: Path, day: date) -> Decided:
    """Decisions of a day from a CSV or Parquet file, or from `user_promotions` of a published database."""
    if not file.exists():
        raise NotAvailable(f"there are no decisions at {file}")
    if file.suffix == DATABASE:
        with connection.locked_down(file) as published:
            return as_decided(published.execute(PROMOTIONS, {"day": day}).to_arrow_table(), file, day)
    if file.suffix not in READERS:
        raise BadInput(f"{file} is none of {', '.join([*READERS, DATABASE])}")
    with connection.in_memory() as database:
        rows = database.execute(f"from {READERS[file.suffix]}", {"file": str(file)}).to_arrow_table()
    return as_decided(rows, file, day)


def as_decided(table: pa.Table, file: Path, day: date) -> Decided:
    missing = {"customer_id", "offer_id"} - set(table.column_names)
    if missing:
        raise BadInput(f"{file} has no column {', '.join(sorted(missing))}")

    def column(*names: str) -> list:
        found = next((name for name in names if name in table.column_names), None)
        return [None if one == "" else one for one in table[found].to_pylist()] if found else [None] * table.num_rows

    other_days = sorted({str(one) for one in column("day")} - {str(day), "None"})
    if other_days:
        raise BadInput(f"{file} holds decisions of {other_days[0]}, not only of {day}")
    for name, listed in (("channel", MESSAGE_CHANNELS), ("arm", ARMS)):
        unknown = sorted({str(one) for one in column(name) if one is not None} - set(listed))
        if unknown:
            raise BadInput(f"{file}: {name} holds {unknown[0]}, which is none of {', '.join(listed)}")
    return Decided(
        customer=[str(one) for one in table["customer_id"].to_pylist()],
        offer=[str(one) for one in table["offer_id"].to_pylist()],
        channel=column("channel"),
        arm=column("arm"),
        probability=[as_probability(one, file) for one in column("assignment_probability", "probability")],
    )


def as_probability(value: object, file: Path) -> float | None:
    try:
        probability = None if value is None else float(str(value))
    except ValueError:
        probability = math.nan
    if probability is not None and not 0 <= probability <= 1:
        raise BadInput(f"{file}: assignment_probability holds {value}, which is no number from 0 to 1")
    return probability


def to_messages(world: World, decided: Decided, day: date) -> Messages:
    """Decisions as the simulated shop sends them; where no channel is said, through one the customer allows.

    An unknown customer, an offer that is not active and more copies of one than there are are refused.
    """
    check_day(world, day)
    check_offers(world, decided, day)
    rows, channel = find_customers(world, decided.customer), channels_of(decided.channel)
    probability = np.array([np.nan if one is None else one for one in decided.probability], dtype=float)
    return Messages(
        rows=rows,
        offer=np.array([code_of(one) for one in decided.offer], dtype=np.int64),
        channel=np.where(channel >= 0, channel, allowed_channel(world, rows)),
        arm=np.array([one or NO_ARM for one in decided.arm], dtype="U11"),
        probability=probability,
    )


def check_offers(world: World, decided: Decided, day: date) -> None:
    offers = active_offers(world.known, world.catalogue, world.customers, world.seed, world.next_day)
    limits = {offer.offer_id: offer.issue_limit for offer in offers}
    unknown = sorted(set(decided.offer) - set(limits))
    if unknown:
        raise BadInput(f"{len(unknown)} offers cannot be used on {day}, first {unknown[0]}")
    copies = Counter(offer for offer, arm in zip(decided.offer, decided.arm, strict=True) if arm not in WITHHELD)
    for offer, count in copies.items():
        limit = limits[offer]
        if limit is not None and count > limit:
            raise BadInput(f"offer {offer} is decided for {count} customers, and there are {limit} copies of it")


def check_day(world: World, day: date) -> None:
    if day_number(world.known, day) != world.next_day:
        raise BadInput(
            f"the simulated shop stands on the morning of {date_of(world.known, world.next_day)}, not of {day}"
        )


def find_customers(world: World, names: list[str]) -> np.ndarray:
    """Rows of customers named by the shop's ids or by the pseudonyms of the data folder's key."""
    count = world.registered(world.next_day)
    ids = [str(one) for one in world.people.customer_id[:count]]
    known = {name: row for row, name in enumerate(ids)}
    if names and not all(name.isdecimal() and int(name) >= FIRST_CUSTOMER for name in names):
        secret = pii.key()
        known = {pii.pseudonym(name, secret): row for name, row in known.items()}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise BadInput(f"{len(unknown)} of {len(names)} customers are not the simulated shop's, first {unknown[0]}")
    return np.array([known[name] for name in names], dtype=np.int64)
