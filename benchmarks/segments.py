"""What segments tell about the next weeks, how far they stand apart, and whether the next run finds them again."""

from dataclasses import replace
from datetime import date, timedelta

from rich.console import Console
from sklearn.metrics import adjusted_rand_score

from benchmarks.figures import Figure
from ml import parameters, segments
from ml.learning import contest, stages
from ml.learning.contest import Contest
from ml.models.segments.catalogue import CATALOGUE
from ml.models.segments.kmeans import KMeansSegments
from warehouse.errors import NotAvailable


def run() -> list[Figure]:
    """Figures on the warehouse's newest day; NotAvailable without a panel."""
    day = segments.whole_day(date.max) if stages.has_table(segments.SOURCE) else None
    mornings = segments.judged_mornings(day, parameters.load().segments.judged_days) if day else None
    if day is None or mornings is None:
        raise NotAvailable("there is no panel to measure on; run `make run` first")
    return [*told_ahead(day, mornings), *found_again(day, mornings)]


def told_ahead(day: date, mornings: tuple[date, date]) -> list[Figure]:
    """Loss of every cut on a window none has seen; its means come from the window before."""
    days = parameters.load().segments.judged_days
    losses = segments.judge(stages.recipes_of(CATALOGUE, "segments"), mornings, days, day)
    standings = contest.stand(Contest(losses, CATALOGUE.floors))
    floor = min(one.value for name, one in standings.items() if name in CATALOGUE.floors)
    how = f"{days} days from {mornings[1]}, cut and means learned on {mornings[0]}"
    return [
        Figure(
            f"share of customers' differences left unexplained: {name}", one.value, "share", floor, None,
            f"{how}; 95 % interval {one.low:.3f} to {one.high:.3f}", is_up_good=False,
        )
        for name, one in standings.items()
    ]  # fmt: skip


def found_again(day: date, mornings: tuple[date, date]) -> list[Figure]:
    """k-means of a morning four weeks earlier against that of the day: same customers, same names?"""
    recipe = stages.recipes_of(CATALOGUE, "segments")["kmeans"]
    earlier, data = segments.read_habits(mornings[1]), segments.read_habits(day)
    first = CATALOGUE.make(recipe).fit(earlier)
    assert isinstance(first, KMeansSegments)
    again = CATALOGUE.make(recipe).fit(replace(data, previous=first.named))
    assert isinstance(again, KMeansSegments)
    kept = first.score(data)["segment"]
    now = again.score(data)["segment"]
    best = next(one for one in again.tried if one.clusters == len(again.names))
    Console().print(f"k-means as of {day}: {'; '.join(again.names)}")
    how = (
        f"{len(data.frame):,} customers as of {day}, learned anew after {(day - mornings[1]) // timedelta(days=1)} days"
    )
    return [
        Figure("k-means: clusters", float(len(again.names)), "segments", None, None, how),
        Figure("k-means: mean silhouette", best.silhouette, "score", None, None, how),
        Figure("k-means: adjusted Rand index of bootstrap samples", best.stability, "score", None, None, how, 0.8),
        Figure("k-means: adjusted Rand index of the two runs", adjusted_rand_score(kept, now), "score", 0.0, None, how),
        Figure(
            "k-means: customers whose segment keeps its name", float((kept == now).mean()), "share", None, None, how
        ),
    ]
