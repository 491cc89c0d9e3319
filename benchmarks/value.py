"""What customers will be worth: CDNOW as published, and the shop's newest window, which nothing was learned from."""

from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd
from rich.console import Console

from benchmarks import cdnow
from benchmarks.figures import Figure
from ml import parameters, value
from ml.learning import stages
from ml.models.value import bg_nbd
from ml.models.value.catalogue import CATALOGUE
from ml.models.value.judging import foresee, judge
from ml.models.value.transactions import Transactions, judged_days, read_transactions, summarise
from warehouse import tables
from warehouse.errors import NotAvailable

OPENED, ENDED, HELD_OUT = date(1997, 10, 1), date(1998, 7, 1), 273
HEADINGS = {
    "top_decile_spend": ("share of the spend the top tenth brought", "share"),
    "top_decile_orders": ("share of the orders the top tenth brought", "share"),
    "absolute_error": ("absolute error of the spend", "currency per customer"),
    "covered": ("customers inside the 80 % interval", "share"),
    "bias": ("expected over actual spend", "ratio"),
}


def run() -> list[Figure]:
    """Figures of CDNOW where it is installed, and of the warehouse's shop where there is one."""
    found: list[Figure] = []
    for part in (published, master, own_shop):
        try:
            found += part()
        except NotAvailable as reason:
            Console().print(f"{part.__name__}: not available: {reason}")
    if not found:
        raise NotAvailable("neither CDNOW nor a shop's orders are there to measure on")
    return found


def published() -> list[Figure]:
    """The fit of the paper on the sample of 2,357 customers."""
    known = summarise(read_transactions(cdnow.read("sample"), OPENED, HELD_OUT))
    frequency, recency, age = known[["frequency", "recency", "age"]].to_numpy(dtype=float).T
    model = bg_nbd.fit(frequency, recency, age)
    likelihood = float(bg_nbd.log_likelihood(model, frequency, recency, age).sum())
    found = {"r": model.r, "alpha": model.alpha, "a": model.a, "b": model.b}
    paper = {"r": 0.2426, "alpha": 4.4135, "a": 0.7929, "b": 2.4258}
    how = f"{len(known):,} customers, 39 weeks; peer is the published fit"
    first = Figure("CDNOW sample: BG/NBD log-likelihood", likelihood, "nats", None, -9582.43, how, -9582.435)
    return [first, *(Figure(f"CDNOW sample: {name}", one, "", None, paper[name], how) for name, one in found.items())]


def master() -> list[Figure]:
    """39 weeks of all 23,570 customers, judged on the 39 weeks after."""
    later = read_transactions(cdnow.read("master"), ENDED, HELD_OUT)
    return list(describe("CDNOW master", later, later.before(OPENED, HELD_OUT), target=0.45))


def own_shop() -> list[Figure]:
    """The newest closed window of the warehouse's shop."""
    if not stages.has_table(value.SOURCE):
        raise NotAvailable("there are no orders to measure on; run `make run` first")
    last = tables.read(f"select max(order_date) from {value.SOURCE}")[0][0].as_py()
    day = last + timedelta(days=1)
    later = read_transactions(value.read_purchases(day), day, parameters.load().value.horizon_days)
    window = judged_days(later, parts=4)
    return list(describe("own shop", later, later.before(day - timedelta(days=window), window)))


def describe(where: str, later: Transactions, earlier: Transactions, target: float | None = None) -> Iterator[Figure]:
    """Every candidate's figures on the window after `earlier`, the best floor's beside them."""
    judged = judge(foresee(CATALOGUE, stages.recipes_of(CATALOGUE, "value"), earlier), later, earlier)
    how = f"{summarise(earlier).shape[0]:,} customers, {earlier.horizon_days} days from {earlier.as_of}"
    floors = judged.loc[judged.index.isin(CATALOGUE.floors)]
    for name, row in judged.drop(index=floors.index).iterrows():
        for measure, (words, unit) in HEADINGS.items():
            goal = target if measure == "top_decile_orders" and name == "bg_nbd_gamma_gamma" else None
            is_up_good = measure != "absolute_error"
            yield Figure(
                f"{where}: {words}, {name}", float(row[measure]), unit, best(floors[measure], measure), None, how, goal,
                is_up_good,
            )  # fmt: skip


def best(values: pd.Series, measure: str) -> float | None:
    if measure in ("covered", "bias"):
        return None
    return float(values.min() if measure == "absolute_error" else values.max())
