"""What a contest decided, as versions in the registry: a champion with its files, its challengers and floors."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ml import parameters
from ml.learning import registry
from ml.learning.contest import Outcome
from ml.learning.registry import Version
from ml.models.contract import Recipe
from ml.models.model import Catalogue, Model
from warehouse import runs, settings


@dataclass(frozen=True)
class Learned:
    """What a family learned on a day: who won, the winner fitted on all data, and what it was learned from.

    `section` is the family's section of ml/params.yml, `data` what fingerprints the data, `code` patterns below ml/.
    """

    catalogue: Catalogue
    day: date
    outcome: Outcome
    recipes: Mapping[str, Recipe]
    champion: Model[Any]
    metric: str
    caveat: str
    rows: int
    validation: tuple[date, date] | None
    section: str
    data: Sequence[bytes | str]
    code: Sequence[str]


def record(learned: Learned) -> list[Version]:
    """Register a version per candidate judged; the winner becomes champion of the day."""
    code = runs.fingerprint_files(sorted({file for one in learned.code for file in (settings.ROOT / "ml").glob(one)}))
    numbers = json.dumps(vars(getattr(parameters.load(), learned.section)), sort_keys=True, default=vars)
    versions = [as_version(learned, name, code, numbers) for name in learned.outcome.standings]
    registry.register(versions, learned.champion.save)
    return versions


def as_version(learned: Learned, name: str, code: str, numbers: str) -> Version:
    recipe = learned.recipes[name].as_json()
    version = registry.name_version(learned.day, name, json.dumps(recipe, sort_keys=True), numbers, code, *learned.data)
    is_champion = name == learned.outcome.name
    floors = [one for place, one in learned.outcome.standings.items() if place in learned.catalogue.floors]
    own = learned.outcome.standings[name]
    card = {
        **(learned.champion.card() if is_champion else {"candidate": name, "recipe": recipe}),
        "family": learned.catalogue.family,
        "version": version,
        "data_cut": str(learned.day),
        "caveat": learned.caveat,
        "metrics": {learned.metric: {"value": own.value, "low": own.low, "high": own.high}},
        "decision": learned.outcome.reason,
    }
    return Version(
        family=learned.catalogue.family,
        version=version,
        data_cut=learned.day,
        role="champion" if is_champion else "floor" if name in learned.catalogue.floors else "challenger",
        candidate=name,
        parameters=recipe,
        metric=learned.metric,
        metric_value=own.value,
        floor_value=min(one.value for one in floors),
        validation_from=learned.validation[0] if learned.validation else None,
        validation_until=learned.validation[1] if learned.validation else None,
        train_rows=learned.rows if is_champion else 0,
        card=card,
    )


def open_champion(catalogue: Catalogue, day: date) -> tuple[Version, Model[Any]] | None:
    """The champion of a family as of a day with its files; None where there is none yet."""
    version = registry.champion_for(catalogue.family, day)
    if version is None:
        return None
    return version, catalogue.load(version.candidate, registry.files_of(catalogue.family, version.version))
