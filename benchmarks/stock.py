"""Policies of stock lived through in the simulated shop: fill rate and stock held, against the mean times days.

A shop whose shelves are never empty tells what customers ask for on each day. From day 98 on policies run on that
demand with the shop's lead times: levels are set anew each week from a forecast made with what was asked for until then
(the winner of the contest on day 98, with its ranges), and the last 54 of 180 days count. The simulated shop's own rule
is the floor: order at nine days of mean sales, up to 21; for stock that rule with the days that would have been best of
all that served as much with no more orders, which nobody knows beforehand. Nothing of the policies was chosen on this
shop.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from rich.progress import track

from benchmarks.figures import Figure
from ml import parameters
from ml.demand import terms_of
from ml.learning.metrics import FloatArray
from ml.models.contract import Recipe
from ml.models.demand.contest import hold, serve
from ml.models.demand.hierarchy import PRODUCT
from ml.models.demand.series import Panel
from ml.models.stock.catalogue import CATALOGUE
from ml.models.stock.policies import Policy
from ml.models.stock.replay import Lived, replay
from ml.models.stock.shelf import Shelf
from ml.models.stock.units import from_quantiles, scatter_of
from simulator import parameters as simulated
from simulator import world
from simulator.day import live_day
from simulator.policy import send_own
from simulator.world import World

CUSTOMERS, PRODUCTS, DAYS, SEED = 10_000, 1000, 180, 7
BEGIN, COUNTED, WEEKS = 98, 126, 4
TARGETS, SLACK = (0.90, 0.95, 0.98), 0.02
REORDER_DAYS, LOT_DAYS = np.arange(2, 40, 0.5), range(6, 25, 2)
Levels = tuple[FloatArray, FloatArray]


@dataclass(frozen=True)
class Shop:
    """What was asked for (N × days, units), and what policies know of each product: facts, and a forecast per week."""

    demand: FloatArray
    facts: pd.DataFrame
    weekly: list[pd.DataFrame]

    def shelf(self, day: int, service: float) -> Shelf:
        """The shelves as a policy is told of them on a day from BEGIN on."""
        said = self.weekly[(day - BEGIN) // 7]
        mean, low, high = (said[name].to_numpy() for name in ("mean", "q_0.1", "q_0.9"))
        units = from_quantiles(mean, low, high, scatter_of(self.demand[:, :day]))
        given = {"mean": units.mean, "variance": units.variance, "doubt": units.doubt}
        return Shelf(self.facts.assign(**given), service)


def run() -> list[Figure]:
    made, demand = live()
    return list(figures(foresee(made, demand)))


def live() -> tuple[World, FloatArray]:
    """The shop with shelves that never empty, and the units asked for by product and day."""
    known = simulated.load()
    known.stock.start_days, known.stock.fewest = 1e6, 1e6
    made, demand = world.create(CUSTOMERS, PRODUCTS, DAYS, SEED, known), np.zeros((PRODUCTS, DAYS))
    for day in track(range(DAYS), "living"):
        lines = live_day(made, send_own).tables.get("order_items")
        if lines is not None:
            place = np.asarray(lines["product_id"]).astype(int) - int(made.catalogue.product_id[0])
            np.add.at(demand[:, day], place, np.asarray(lines["quantity"]).astype(float))
    return made, demand


def foresee(made: World, demand: FloatArray) -> Shop:
    """Forecasts of the next four weeks at the start of each week; who forecasts is decided on day BEGIN."""
    goods = made.catalogue
    ids, category = goods.product_id.astype(str).astype(object), goods.category.astype(str).astype(object)
    first = weeks_before(demand, BEGIN, ids, category)
    terms = replace(terms_of("W"), levels=())
    served = serve(first, WEEKS, terms, hold(first, WEEKS, terms))
    weekly = []
    for day in track(range(BEGIN, DAYS, 7), "forecasting"):
        panel = weeks_before(demand, day, ids, category)
        found = served.publish(panel, served.means(panel))
        weekly.append(
            found[found["level"] == PRODUCT].groupby("unique_id", sort=False)[["mean", "q_0.1", "q_0.9"]].first()
        )
    facts = {
        "unique_id": ids,
        "lead_days": goods.lead_days,
        "lead_sd": 0.0,
        "price": goods.list_price,
        "cost": goods.cost,
    }
    return Shop(demand, pd.DataFrame(facts), weekly)


def weeks_before(demand: FloatArray, day: int, ids: np.ndarray, category: np.ndarray) -> Panel:
    """Weeks counted back from a day, and four ahead."""
    known = day // 7
    units = demand[:, day - 7 * known : day].reshape(len(demand), known, 7).sum(axis=2)
    periods = np.datetime64("2025-06-04") + np.arange(day - 7 * known, day + 7 * WEEKS, 7)
    return Panel(ids, periods, units, "W", attributes={"category": category})


def lived(shop: Shop, name: str, service: float, settings: dict[str, Any] | None = None) -> Lived:
    """A policy from BEGIN on, counted from COUNTED on."""
    policy: Policy = CATALOGUE.make(Recipe(name, {**policy_settings(name), **(settings or {})}))  # type: ignore[assignment]
    levels = [policy.levels(shop.shelf(day, service)) for day in range(BEGIN, DAYS, 7)]
    lead = shop.facts["lead_days"].to_numpy()
    return replay(lambda day: levels[day // 7], shop.demand[:, BEGIN:], lead, levels[0][1], COUNTED - BEGIN)


def policy_settings(name: str) -> dict[str, Any]:
    return dict(parameters.load().stock.settings.get(name, {}))


def thumbs(shop: Shop) -> list[Lived]:
    """The rule of thumb with every choice of days to order at and days to order for."""
    chosen = [(at, at + more) for at in REORDER_DAYS for more in LOT_DAYS]
    settings = [{"reorder_days": at, "cover_days": upto} for at, upto in chosen]
    return [lived(shop, "mean_days", 0.95, one) for one in track(settings, "rules of thumb")]


def thumb_like(rules: Sequence[Lived], found: Lived) -> Lived:
    """The rule of thumb that served as much with no more orders from the least stock, chosen afterwards."""
    fit = [one for one in rules if one.fill_rate >= found.fill_rate and one.orders.sum() <= found.orders.sum()]
    return min(fit, key=lambda one: one.held.sum(), default=rules[-1])


def figures(shop: Shop) -> Iterator[Figure]:
    thumb, rules = lived(shop, "mean_days", 0.95), thumbs(shop)
    how = f"{int(thumb.asked.sum()):,} units of {PRODUCTS:,} products asked for in {DAYS - COUNTED} days"
    yield Figure("mean_days, fill rate", thumb.fill_rate, "share", how_measured=how)
    yield Figure("mean_days, stock", thumb.held.sum(), "units", is_up_good=False, how_measured=how)
    for service in TARGETS:
        for name in ("fill_rate", "safety_stock"):
            yield from against(name, service, lived(shop, name, service), (thumb, rules))
    found = lived(shop, "newsvendor", 0.95)
    yield Figure(
        "newsvendor, fill rate", found.fill_rate, "share", floor=thumb.fill_rate, how_measured="no target: by cost"
    )
    yield Figure("newsvendor, stock", found.held.sum(), "units", floor=thumb.held.sum(), is_up_good=False)


def against(name: str, service: float, found: Lived, known: tuple[Lived, Sequence[Lived]]) -> Iterator[Figure]:
    """A policy at a service level: how far from it, and the stock beside that of the mean times days."""
    thumb, rules = known
    low, high = interval(found)
    is_judged = name == "fill_rate"
    yield Figure(
        f"{name} at {service:.0%}, fill rate less target, either way",
        abs(found.fill_rate - service),
        "share",
        floor=abs(thumb.fill_rate - service),
        target=SLACK if is_judged else None,
        is_up_good=False,
        how_measured=f"fill rate {found.fill_rate:.3f}, {low:.3f} to {high:.3f}",
    )
    same = thumb_like(rules, found)
    yield Figure(
        f"{name} at {service:.0%}, stock",
        float(found.held.sum()),
        "units",
        floor=float(same.held.sum()),
        target=float(same.held.sum()) if is_judged else None,
        is_up_good=False,
        how_measured=f"floor: mean × days, the days that serve as much ({same.fill_rate:.3f}) with no more orders",
    )


def interval(found: Lived, replicates: int = 200) -> tuple[float, float]:
    """Ends of the 95 % interval of a fill rate over resampled products."""
    chance = np.random.default_rng(0)
    drawn = chance.integers(0, len(found.asked), (replicates, len(found.asked)))
    rates = found.served[drawn].sum(axis=1) / found.asked[drawn].sum(axis=1)
    low, high = np.quantile(rates, [0.025, 0.975])
    return float(low), float(high)
