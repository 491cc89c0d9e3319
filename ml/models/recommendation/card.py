"""The versions of a training and their cards: what was compared, on which window, and how well each candidate did."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from ml.learning import registry
from ml.models.recommendation import FLOOR
from ml.models.recommendation.history import PARTS, History
from ml.models.recommendation.ranking import Estimate
from ml.models.recommendation.tournament import ALL, Result
from warehouse import runs

FAMILY, METRIC = "recommendation", "recall"
CAVEAT = (
    "Observational: a probability of purchase within {days} days, with or without the recommendation; it does not say "
    "what recommending changes. The candidates' settings were chosen on the demonstration shop's purchases from "
    "October to early December 2017: a recall compared within that time is slightly optimistic."
)
NO_WINDOW = "Nothing was compared: history is shorter than the window that a comparison needs."


def data_mark(history: History) -> str:
    arrays = (history.customers, history.products, history.customer, history.product, history.age_days)
    return registry.fingerprint(*(array.tobytes() for array in arrays))


def code_mark() -> str:
    return runs.fingerprint_files(sorted(Path(__file__).parent.glob("*.py")))


def describe_versions(
    window: tuple[date, date],
    names: Mapping[str, str],
    results: Mapping[str, Result],
    settings: Mapping[str, Mapping[str, Any]],
    history: History,
) -> list[registry.Version]:
    """The champion made of the winners, and every candidate as if it served all parts, with their cards.

    `window` is its first day and the day after its last, which is the data cut.
    """
    served = {("champion", "champion"): dict(names)}
    for candidate in settings:
        role = "floor" if candidate == FLOOR else "challenger"
        served[role, candidate] = dict.fromkeys(PARTS, candidate)
    marks = code_mark(), data_mark(history)
    versions = []
    for (role, label), by_part in served.items():
        used = {"parts": by_part, "settings": {name: dict(settings[name]) for name in sorted(set(by_part.values()))}}
        version = registry.name_version(window[1], label, json.dumps(used, sort_keys=True), *marks)
        rows = len(history.customer)
        versions.append(describe_version(window, role, version, by_part, results, used, rows))
    return versions


def describe_version(
    window: tuple[date, date],
    role: str,
    version: str,
    by_part: Mapping[str, str],
    results: Mapping[str, Result],
    used: Mapping[str, Any],
    train_rows: int,
) -> registry.Version:
    reached, floor = mean_recall(by_part, results), mean_recall(dict.fromkeys(PARTS, FLOOR), results)
    opened, day = window
    return registry.Version(
        family=FAMILY,
        version=version,
        data_cut=day,
        role=role,
        candidate=" and ".join(dict.fromkeys(by_part[part] for part in PARTS)),
        parameters=used,
        metric=METRIC,
        metric_value=reached.value if reached else None,
        floor_value=floor.value if floor else None,
        validation_from=opened if results else None,
        validation_until=opened if results else None,
        train_rows=train_rows,
        card=write_card(window, by_part, results, reached),
    )


def mean_recall(served: Mapping[str, str], results: Mapping[str, Result]) -> Estimate | None:
    """Unweighted mean of the parts' recall, so that the small parts where promotions live count as much as repeats.

    Parts without any purchase in the window do not count. The interval takes the parts as independent.
    """
    found = [results[served[part]].recall[part] for part in PARTS] if results else []
    counted = [one for one in found if one.customers]
    if not counted:
        return None
    value = float(np.mean([one.value for one in counted]))
    spread = float(np.sqrt(np.sum([(one.high - one.value) ** 2 for one in counted])) / len(counted))
    return Estimate(value, value - spread, value + spread, max(one.customers for one in counted))


def write_card(
    window: tuple[date, date], served: Mapping[str, str], results: Mapping[str, Result], reached: Estimate | None
) -> dict[str, Any]:
    """The model card: data cut, window, recall per part with interval against the floor, and what to keep in mind."""
    metrics: dict[str, Any] = {METRIC: vars(reached)} if reached else {}
    for part, name in served.items() if results else ():
        if part in results[name].recall:  # customers and products without history may have been too few to measure
            floor = results[FLOOR].recall[part].value
            metrics[f"{METRIC}_{part}"] = {**vars(results[name].recall[part]), "floor": floor, "candidate": name}
    if results and len({served[part] for part in PARTS}) == 1:
        name = served[PARTS[0]]
        metrics[f"{METRIC}_{ALL}"] = vars(results[name].recall[ALL])
        metrics["coverage"] = {"value": results[name].coverage}
    opened, day = window
    caveat = CAVEAT.format(days=(day - opened).days)
    return {
        "data_cut": str(day),
        "window": {"from": str(opened), "until": str(day - timedelta(days=1))},
        "parts": dict(served),
        "metrics": metrics,
        "floor": FLOOR,
        "caveat": caveat if results else f"{caveat} {NO_WINDOW}",
    }
