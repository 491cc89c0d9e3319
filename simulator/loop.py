"""Close the loop week by week: decide, let the shop answer, ingest, measure, decide again; end with what it earned.

Everything the platform does is done by its own stages on the shop's files; only the values come from the truth.
"""

import json
import os
import shutil
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from orchestration import way
from simulator import build, decisions, reporting, world, yardsticks
from simulator.build import Place
from simulator.calendar import date_of
from simulator.catalogue import IntArray
from simulator.dirt import Rates
from simulator.knowable import knowable_value
from simulator.messages import no_messages
from simulator.records import is_week_start
from simulator.world import World
from simulator.yardsticks import Yard
from warehouse import connection, settings, tables
from warehouse.errors import PromoliftError

WEEK = 7
RETRAIN_WEEKS = 4  # champions are challenged as often as a monthly training would
HELD_OUT = "select customer_id from user_decisions where day = $day and is_held_out order by all"
FEATURES = "select * exclude (day) from features.customers where day = $day order by customer_id"
TRAIN = ("ml", "train")


class LoopStopped(PromoliftError):
    """A stage of the platform stopped the loop."""


@dataclass(frozen=True)
class Week:
    """One week's values by the truth and its money, in currency."""

    day: str
    policy_value: float
    oracle_value: float
    knowable_value: float
    uniform_value: float
    propensity_value: float
    nothing_value: float
    spend: float
    budget: float
    customers_offered: int
    seed: int
    expected_cost: float


@dataclass(frozen=True)
class Rooms:
    """The simulated shop and the platform's data folder of this loop, both below the installation's own."""

    place: Place
    data: Path

    def enter(self, seed: int) -> None:
        """Everything the platform draws follows the seed: the same loop twice gives the same numbers."""
        os.environ["PROMOLIFT_PII_KEY"] = os.environ["PROMOLIFT_HOLDOUT_KEY"] = f"simulated shop {seed}"
        os.environ["PROMOLIFT_SOURCE"] = "simulator"
        os.environ["PROMOLIFT_SIMULATION"] = str(self.place.shop)
        os.environ["PROMOLIFT_DATA"] = str(self.data)


def run(made: World, weeks: int, rates: Rates, console: Console) -> None:
    """Build the shop, decide for so many weeks, and write data/reports/simulation.json and simulation.html."""
    reports = settings.load().reports
    folder = settings.load().data / "loop"
    rooms = Rooms(Place(folder / "simulation"), folder / "platform")
    shutil.rmtree(rooms.data, ignore_errors=True)
    console.print(f"[bold]Building[/] {made.customers:,} customers and {made.days} days", highlight=False)
    build.build(made, rooms.place, rates)
    rooms.enter(made.seed)
    lived: list[Week] = []
    for number in range(weeks):
        await_monday(rooms.place, rates)
        lived.append(live_week(rooms, rates, number, console))
        show_week(lived[-1], number, weeks, console)
        page, file = reporting.write(lived, reports), write_results(lived, made.seed, reports)
    show_results(lived, console)
    console.print(f"\nAs a page        {page}", soft_wrap=True, highlight=False)
    console.print(f"As numbers       {file}", soft_wrap=True, highlight=False)


def await_monday(place: Place, rates: Rates) -> None:
    """Nothing is sent until the next week begins."""
    known = world.load(place.truth)
    while not is_week_start(known, known.next_day):
        known = build.step(place, no_messages(), rates)


def live_week(rooms: Rooms, rates: Rates, number: int, console: Console) -> Week:
    """Decide on Monday, value the decisions, then let the shop live seven days on them."""
    known = world.load(rooms.place.truth)
    day = date_of(known.known, known.next_day)
    with console.status(f"{day}: the platform decides") as status:
        decide(day, number, lambda task: status.update(f"{day}: {task}"))
        status.update(f"{day}: valuing and living the week")
        decided = decisions.read(settings.load().published, day)
        messages = decisions.to_messages(known, decided, day)
        yard = yardsticks.survey(known, read_holdout(known, day))
        values = yardsticks.compare(yard, yardsticks.judge(known, messages))
        knowable = knowable_value(read_features(known, day, yard), yard)
        build.step(rooms.place, messages, rates, WEEK)
    return Week(
        day=day.isoformat(),
        spend=count_spend(rooms.place, known, known.next_day),
        customers_offered=len(np.unique(messages.rows)),
        seed=known.seed,
        knowable_value=knowable,
        **values,
    )


def decide(day: date, number: int, tell: way.Teller) -> None:
    """The platform's day, as its scheduler runs it; now and then its models learn anew."""
    for task, command in way.commands():
        words = TRAIN if task == "train" and number % RETRAIN_WEEKS == 0 else command
        tell(task)
        if way.finish(way.start(words, day)):
            raise LoopStopped(f"the stage {task} of {day} failed; what it said is above")


def read_holdout(known: World, day: date) -> IntArray:
    with connection.locked_down(settings.load().published) as published:
        names = [name for (name,) in published.execute(HELD_OUT, {"day": day}).fetchall()]
    return decisions.find_customers(known, names)


def read_features(known: World, day: date, yard: Yard) -> pd.DataFrame:
    """What the platform knew on the day, a row for each row of the yard; empty for somebody it does not know yet."""
    features = tables.read(FEATURES, {"day": day}).to_pandas()
    rows = decisions.find_customers(known, features.pop("customer_id").tolist())
    return features.set_axis(rows).reindex(yard.rows).reset_index(drop=True)


def count_spend(place: Place, known: World, first: int) -> float:
    """What the shop paid for the offers used in the week that begins on a day."""
    return sum(paid_on(place, known, day) for day in range(first, first + WEEK))


def paid_on(place: Place, known: World, day: int) -> float:
    """From the shop's own books of one day."""
    file = place.truth / "spend" / f"day={date_of(known.known, day)}.parquet"
    return float(np.sum(pq.read_table(file)["cost"].to_numpy())) if file.exists() else 0.0


def write_results(lived: list[Week], seed: int, reports: Path) -> Path:
    """data/reports/simulation.json: per week and in total."""
    reports.mkdir(parents=True, exist_ok=True)
    total = {name: round(sum(getattr(week, name) for week in lived), 2) for name in reporting.MONEY}
    rounded = [
        {name: round(value, 2) if isinstance(value, float) else value for name, value in asdict(week).items()}
        for week in lived
    ]
    file = reports / "simulation.json"
    about = {"unit": "currency; values are incremental margins by the truth", "seed": seed}
    file.write_text(json.dumps(about | {"weeks": rounded, "total": total | {"seed": seed}}, indent=1) + "\n")
    return file


def show_week(week: Week, number: int, weeks: int, console: Console) -> None:
    share = 100 * week.policy_value / max(week.oracle_value, 1e-9)
    console.print(
        f"week {number + 1} of {weeks}  {week.day}  {week.customers_offered:,} customers offered, "
        f"earned {week.policy_value:,.0f} of {week.oracle_value:,.0f} ({share:.0f} %)",
        highlight=False,
    )


def show_results(lived: list[Week], console: Console) -> None:
    table = Table(title="Extra margin by the truth, in currency", title_justify="left", title_style="bold")
    for name in ("week", *((reporting.NAMES | reporting.COSTS)[one] for one in reporting.MONEY)):
        table.add_column(name, justify="left" if name == "week" else "right")
    for week in lived:
        table.add_row(week.day, *(f"{getattr(week, name):,.0f}" for name in reporting.MONEY))
    table.add_section()
    table.add_row("total", *(f"{sum(getattr(week, name) for week in lived):,.0f}" for name in reporting.MONEY))
    console.print(table)
