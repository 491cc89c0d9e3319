"""Bundles and flash sales: which offers to add to the catalogue, with what each should bring.

Pairs come from the family's champion, answers to prices from elasticities as far as they are known, demand from the
day's forecasts. Proposals enter the catalogue when a verdict accepts them (`bundles.entry`), and then the allocator may
choose them as it may any other offer.
"""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml import parameters
from ml.learning import stages
from ml.learning.record import Learned, record
from ml.models.bundles.baskets import Baskets
from ml.models.bundles.catalogue import CATALOGUE
from ml.models.bundles.judging import bought, excess
from ml.proposing import reading
from ml.proposing.kinds import bundles_of, sales_of, thresholds_of
from ml.proposing.offers import Proposals, first_day, join
from warehouse import tables
from warehouse.errors import BadInput, NotAvailable

TABLE, PRODUCTS, STEPS = "ml.offer_proposals", "ml.offer_proposal_products", "ml.offer_proposal_steps"
CODE = ("bundles.py", "proposing/*.py", "models/bundles/*.py", "learning/contest.py")
CAVEAT = "Observational: two products that share baskets need not sell each other; what an offer changes lots tell."
ENTRIES = {"reviewed": False, "none": False, "all": True}


def train(day: date) -> None:
    """Name partners by what was sold before the newest weeks, look for them in these, and register the best measure."""
    numbers = parameters.load().bundles
    try:
        lines = reading.read_lines(day, numbers.history_days)
    except NotAvailable as reason:
        print(f"{CATALOGUE.family}: not available: {reason}", flush=True)
        return
    cut = pd.Timestamp(day) - pd.Timedelta(days=numbers.judged_days)
    is_past = (lines["order_date"] < cut).to_numpy()
    past, later = (reading.as_baskets(lines[one]) for one in (is_past, ~is_past))
    if not is_past.any() or is_past.all():
        print(f"{CATALOGUE.family}: not available: there are no baskets to learn from or none to judge by", flush=True)
        return
    learn(day, past, later, reading.as_baskets(lines))


def learn(day: date, past: Baskets, later: Baskets, known: Baskets) -> None:
    """Hold the contest on `later` baskets and fit the winner on all that are known."""
    numbers = parameters.load().bundles
    recipes = stages.recipes_of(CATALOGUE, "bundles")
    anchors = most_bought(past, numbers.judged_products)
    losses = {
        name: -excess(CATALOGUE.make(recipe).fit(past).score(past), later, anchors) for name, recipe in recipes.items()
    }
    outcome = stages.hold_contest(CATALOGUE, day, losses, bought(later, anchors))
    stages.tell_contest(CATALOGUE, outcome)
    record(
        Learned(
            catalogue=CATALOGUE,
            day=day,
            outcome=outcome,
            recipes=recipes,
            champion=CATALOGUE.make(recipes[outcome.name]).fit(known),
            metric="missed_excess_per_100_baskets",
            caveat=CAVEAT,
            rows=known.table.shape[0],
            validation=(day - timedelta(days=numbers.judged_days), day - timedelta(days=1)),
            section="bundles",
            data=[known.table.indices.tobytes(), known.table.indptr.tobytes(), *known.products.tolist()],
            code=CODE,
        )
    )


def most_bought(baskets: Baskets, count: int) -> np.ndarray:
    """Ids of the products in most baskets."""
    single = np.asarray(baskets.table.sum(axis=0)).ravel()
    return baskets.products[np.sort(np.argsort(-single, kind="stable")[:count])].astype(object)


def score(day: date) -> int:
    """Replace the day's proposals with their products and steps; none without purchases or prices."""
    numbers = parameters.load().bundles
    if numbers.entry not in ENTRIES:
        raise BadInput(f"bundles.entry is {numbers.entry}; it may be {', '.join(ENTRIES)}")
    try:
        lines, goods = reading.read_lines(day, numbers.history_days), reading.read_goods(day, numbers)
    except NotAvailable as reason:
        for table in (PRODUCTS, STEPS):
            stages.write_day(table, day, pd.DataFrame(columns=list(tables.TABLES[table].columns)))
        return stages.no_rows(TABLE, day, CATALOGUE.family, str(reason))
    start = first_day(day, numbers.lead_days)
    found = [*proposed("flash sales", lambda: sales_of(day, start, goods, numbers))]
    found += proposed("bundles", lambda: bundles_of(day, start, goods, lines, numbers))
    found += proposed("spend thresholds", lambda: thresholds_of(start, goods, lines, numbers))
    return write(day, join(found) if found else None, numbers)


def proposed(kind: str, make: Callable[[], Proposals]) -> list[Proposals]:
    """The proposals of a kind; none, and why, where there are none."""
    try:
        return [make()]
    except NotAvailable as reason:
        print(f"  {kind}: none: {reason}", flush=True)
        return []


def write(day: date, made: Proposals | None, numbers: SimpleNamespace) -> int:
    """Write what is new: what runs already on the first day of a proposal is not proposed again."""
    if made is None:
        made = Proposals(*(pd.DataFrame(columns=list(tables.TABLES[one].columns)) for one in (TABLE, PRODUCTS, STEPS)))
    offers = without_running(made.offers, tables.read(reading.RUNNING, {"day": day}).to_pandas())
    verdicts = tables.read(reading.VERDICTS).to_pandas().set_index("offer_id")["verdict"]
    usual = "entered" if ENTRIES[numbers.entry] else "proposed"
    said = offers["offer_id"].map(verdicts).map({"accept": "accepted", "refuse": "refused"})
    columns = tables.TABLES[TABLE].columns
    offers = offers.reindex(columns=list(columns)).assign(status=said.fillna(usual), is_entering=ENTRIES[numbers.entry])
    for table, rows in ((PRODUCTS, made.products), (STEPS, made.steps)):
        stages.write_day(table, day, rows[rows["offer_id"].isin(offers["offer_id"])])
    written = stages.write_day(TABLE, day, offers)
    kinds = ", ".join(f"{count} {kind}" for kind, count in offers["offer_type"].value_counts().sort_index().items())
    print(f"{CATALOGUE.family}: {written} offers proposed{f': {kinds}' if kinds else ''}", flush=True)
    return written


def without_running(offers: pd.DataFrame, running: pd.DataFrame) -> pd.DataFrame:
    """Proposals but those whose products are on another accepted offer of the same kind that is not over by then."""
    if running.empty or offers.empty:
        return offers
    both = offers.reset_index().merge(running, on=["offer_type", "product_ids"], suffixes=("", "_running"))
    is_other = both["offer_id"] != both["offer_id_running"]
    is_on = pd.to_datetime(both["valid_until_running"]) >= pd.to_datetime(both["valid_from"])
    return offers[~offers.index.isin(both.loc[is_other & is_on, "index"])].reset_index(drop=True)
