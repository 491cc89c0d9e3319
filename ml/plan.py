"""Plan: what a day would earn with another budget, discount or audience; publishes nothing and changes no table.

Everything is decided as on the day itself (ml/decide.py), on its scores and effects, with the terms changed. Writes a
page and a JSON file under data/reports/plans/.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from ml import parameters
from ml.deciding.chance import open_lottery
from ml.deciding.pull_forward import decide_terms
from ml.deciding.screen import Terms
from ml.deciding.world import read_world
from ml.planning.change import Change
from ml.planning.curve import draw_curve
from ml.reporting.page import render
from ml.reporting.planned import tell_plan
from warehouse import runs, settings, tables
from warehouse.errors import NotAvailable

BOUNDS = """
    select
        customer_id, offer_id, effect_margin - effect_margin_low as below, effect_margin_high - effect_margin as above
    from ml.effects
    where day = $day
"""


@dataclass(frozen=True)
class Planned:
    """What was asked, and what each budget would bring."""

    day: str
    change: Change
    points: pd.DataFrame

    def as_json(self) -> str:
        points = json.loads(self.points.to_json(orient="records"))
        return json.dumps({"day": self.day, "change": asdict(self.change), "budgets": points}, indent=1) + "\n"


def plan(day: date, change: Change) -> Path:
    """Write the page and the numbers of a plan, and give the page's path."""
    planned = Planned(str(day), change, plan_budgets(day, change))
    folder = settings.load().reports / "plans" / f"{day}-{change.name}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plan.json").write_text(planned.as_json())
    file = folder / "index.html"
    file.write_text(render(tell_plan(day, change, planned.points, parameters.load())))
    show(planned)
    print(f"nothing was decided or published; page and numbers: {file}")
    return file


def plan_budgets(day: date, change: Change) -> pd.DataFrame:
    """One row per budget: what it would earn, reach and cost (ml/planning/curve.py)."""
    known = parameters.load()
    world = read_world(day, runs.run_id(day))
    if world.pairs.empty:
        raise NotAvailable(f"there are no customers and offers to plan with on {day}; run the day up to `score` first")
    lottery = open_lottery(world.run_id, known.decide)
    terms = Terms(known.shop, decide_terms(day), known.plan)
    bounds = tables.read(BOUNDS, {"day": day}).to_pandas()
    return draw_curve(world, change, terms, lottery, bounds)


def show(planned: Planned) -> None:
    asked = planned.points[planned.points["is_asked"]].iloc[0]
    print(
        f"{planned.change.in_words}: {asked['customers']:,.0f} customers reached, expected cost {asked['cost']:,.2f}, "
        f"value {asked['value']:,.2f} ({asked['low']:,.2f} to {asked['high']:,.2f}), "
        f"one more unit of budget brings {asked['shadow_price']:.3f}"
    )
