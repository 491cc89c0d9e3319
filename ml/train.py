"""The train stage: learn every family from the closed days of the panel, and keep what earned its place."""

import json
from collections.abc import Mapping
from datetime import date
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from ml import parameters, selection
from ml.learning import registry
from ml.learning.families import FAMILIES, OFFER_EFFECT, Family, by_name
from ml.learning.panel import Panel, count_labels, read_panel
from ml.learning.registry import Version
from ml.learning.tournament import Incumbent, Result, Standing, Terms, run_tournament
from ml.models.catalogue import FLOORS
from ml.models.contract import Recipe
from ml.models.predictor import Predictor
from warehouse import runs, settings, transform

RECOMMENDATION = "recommendation"
MODULES = {
    RECOMMENDATION: "ml.recommend",
    OFFER_EFFECT: "ml.effects",
    "customer_value": "ml.value",
    "segments": "ml.segments",
    "demand": "ml.demand",
    "churn": "ml.churn",
    "life_cycle": "ml.life_cycle",
    "channel_response": "ml.channels",
    "abuse": "ml.abuse",
    "stock": "ml.stock",
    "price_elasticity": "ml.price",
    "bundles": "ml.bundles",
}
EVERYTHING = (*(family.name for family in FAMILIES), *MODULES)
CODE = ("learning/*.py", "models/*.py", "train.py")


def train(day: date, if_missing: bool = False) -> None:
    """Train as of a day: rows of ml.models, files and tracking of every new champion.

    With `if_missing` only families without a champion as of the day are trained. The stage's rows are those the
    champions of the day learned from, whoever trained them.
    """
    with runs.stage("train", day) as stage:
        wanted = [name for name in EVERYTHING if not if_missing or registry.champion_for(name, day) is None]
        if wanted:
            transform.run_dbt("features", day, panel=True)
        else:
            tell(f"every family has a champion as of {day}; nothing to train")
        for name in wanted:
            train_one(name, day)
        stage.rows = sum(registry.learned_rows(name, day) for name in EVERYTHING)


def train_one(name: str, day: date) -> None:
    if name in MODULES:
        import_module(MODULES[name]).train(day)
    else:
        train_family(by_name(name), day)


def train_family(family: Family, day: date) -> None:
    """Hold the tournament of a family and register its versions; without both outcomes there is nothing to do."""
    numbers = parameters.load().train
    rows, positives = count_labels(family, day)
    tell(f"{family.name}: {rows:,} rows with a closed label, {positives:,} positive")
    if not 0 < positives < rows:
        tell(f"  not available: {family.nothing_to_learn if not positives else 'there is nothing to tell apart yet'}")
        return
    panel = read_panel(family, day, numbers.max_rows)
    champion = registry.champion_for(family.name, before(day))
    result = run_tournament(panel, read_terms(family), as_incumbent(champion), tell)
    versions = name_versions(family, day, panel, result, rows)
    if versions:
        registry.register(versions, result.predictor.save if result.predictor else None)
    recipes = read_recipes(family)
    selection.write(family, day, panel, recipes.get("lightgbm", recipes[FLOORS[-1]]))


def tell(line: str) -> None:
    """In one piece, because candidates that learn side by side tell side by side."""
    print(f"{line}\n", end="", flush=True)


def before(day: date) -> date:
    """Training a day again must meet the champion it met before, not the one it made."""
    return date.fromordinal(day.toordinal() - 1)


def read_terms(family: Family) -> Terms:
    everything = parameters.load()
    numbers = everything.train
    return Terms(
        recipes=read_recipes(family),
        metric=family.metric,
        horizon_days=getattr(everything.labels, family.horizon),
        validation_rate=numbers.validation_rate,
        isotonic_positives=numbers.isotonic_positives,
        replicates=numbers.bootstrap_replicates,
        confidence=numbers.confidence_rate,
        win_rate=numbers.win_rate,
        seed=numbers.seed,
        threads=numbers.threads,
    )


def read_recipes(family: Family) -> dict[str, Recipe]:
    """A recipe for every candidate of the parameters and for both floors."""
    numbers = parameters.load().train
    own = numbers.learners_by_family.get(family.name, {})
    single = {
        name: Recipe(
            candidate=name,
            settings={**numbers.learners.get(name, {}), **own.get(name, {})},
            seed=numbers.seed,
            signs=family.signs(),
            rule=family.rule,
        )
        for name in {*numbers.candidates, *numbers.blend_members, *FLOORS}
        if name != "blend"
    }
    members = tuple(single[name] for name in numbers.blend_members)
    blend = {"blend": Recipe("blend", members=members)} if "blend" in numbers.candidates else {}
    chosen = {name: single[name] for name in [*FLOORS, *numbers.candidates] if name in single}
    return chosen | blend


def as_incumbent(champion: Version | None) -> Incumbent | None:
    """The champion with its files behind a function, read only where it is judged as it stands."""
    if champion is None:
        return None

    def predict(features: pd.DataFrame) -> "np.ndarray[Any, np.dtype[np.float64]]":
        return Predictor.load(registry.files_of(champion.family, champion.version)).predict(features)

    return Incumbent(Recipe.from_json(champion.parameters), champion.data_cut, predict)


def name_versions(family: Family, day: date, panel: Panel, result: Result, rows: int) -> list[Version]:
    """A version for every candidate judged: the winner, its challengers and the floors."""
    data, code = fingerprint_panel(panel), fingerprint_code()
    recipes = read_recipes(family)
    versions = []
    for standing in result.standings:
        if standing.name not in recipes:
            continue
        recipe = recipes[standing.name].as_json()
        version = registry.name_version(
            day, standing.name, json.dumps(recipe, sort_keys=True), numbers_text(), code, data
        )
        facts = {
            "family": family.name,
            "version": version,
            "data_cut": str(day),
            "caveat": family.caveat,
            "rows_known": rows,
        }
        card = {
            **result.cards.get(standing.name, {}),
            **facts,
            "rows_learned": len(panel),
            "sample": sample_text(panel, rows),
        }
        versions.append(as_version(family, day, standing, result, version, recipe, card))
    return versions


def as_version(
    family: Family,
    day: date,
    standing: Standing,
    result: Result,
    version: str,
    recipe: Mapping[str, Any],
    card: Mapping[str, Any],
) -> Version:
    is_champion = result.choice.is_new and standing.name == result.choice.name
    split = result.split
    return Version(
        family=family.name,
        version=version,
        data_cut=day,
        role="champion" if is_champion else "floor" if standing.name in FLOORS else "challenger",
        candidate=standing.name,
        parameters=recipe,
        metric=family.metric,
        metric_value=known(standing.value),
        floor_value=known(result.floor_value),
        validation_from=min(split.validate) if split else None,
        validation_until=max(split.validate) if split else None,
        train_rows=int(card["rows_learned"])
        if is_champion
        else int(card.get("split", {}).get("train", {}).get("rows", 0)),
        card=card,
    )


def known(value: float) -> float | None:
    return None if np.isnan(value) else value


def sample_text(panel: Panel, rows: int) -> str:
    if len(panel) == rows:
        return "all rows"
    return f"{len(panel):,} of {rows:,} rows, drawn by a hash of the keys and weighted back where the outcome is rare"


def numbers_text() -> str:
    """Every number of the section, so that a changed one makes another version."""
    return json.dumps(vars(parameters.load().train), sort_keys=True)


def fingerprint_panel(panel: Panel) -> str:
    hashes = [
        pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()
        for frame in (panel.keys.astype(str), panel.features)
    ]
    return registry.fingerprint(*hashes, panel.outcome.tobytes(), panel.weight.tobytes(), *panel.features.columns)


def fingerprint_code() -> str:
    folder = settings.ROOT / "ml"
    files = sorted({file for pattern in CODE for file in folder.glob(pattern)})
    return runs.fingerprint_files(files)
