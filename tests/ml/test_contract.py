"""Every candidate of every family fits, scores, saves, loads and says what it is; one seed gives one model."""

import json
import pkgutil
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from ml.models.contract import Recipe
from ml.models.model import Model
from tests.ml import shops
from warehouse.errors import BadInput

FAMILIES: dict[str, ModuleType] = {
    one.name: import_module(f"{shops.__name__}.{one.name}") for one in pkgutil.iter_modules(shops.__path__)
}
CANDIDATES = [(family, name) for family, module in FAMILIES.items() for name in module.CATALOGUE.classes]


def recipe_of(family: str, name: str) -> Recipe:
    settings = getattr(FAMILIES[family], "SETTINGS", {})
    return Recipe(name, settings=settings.get(name, {}), seed=1)


def fitted(family: str, name: str) -> tuple[Model[Any], Any]:
    module = FAMILIES[family]
    data = module.data(1)
    return module.CATALOGUE.make(recipe_of(family, name)).fit(data), data


@pytest.mark.parametrize(("family", "name"), CANDIDATES)
def test_what_is_saved_scores_as_what_was_fitted(family: str, name: str, tmp_path: Path) -> None:
    model, data = fitted(family, name)
    before = model.score(data)
    assert len(before) > 0
    assert before.select_dtypes("number").notna().any(axis=None)
    model.save(tmp_path)
    pd.testing.assert_frame_equal(FAMILIES[family].CATALOGUE.load(name, tmp_path).score(data), before)


@pytest.mark.parametrize(("family", "name"), CANDIDATES)
def test_the_same_seed_gives_the_same_files(family: str, name: str, tmp_path: Path) -> None:
    for place in ("a", "b"):
        fitted(family, name)[0].save(tmp_path / place)
    files = [{file.name: file.read_bytes() for file in (tmp_path / place).iterdir()} for place in ("a", "b")]
    assert {"model.json", "model.npz"} <= set(files[0])
    assert files[0] == files[1]
    assert not any(b"pickle" in content for content in files[0].values())


@pytest.mark.parametrize(("family", "name"), CANDIDATES)
def test_a_card_is_plain_json_and_names_the_candidate(family: str, name: str) -> None:
    card = json.loads(json.dumps(fitted(family, name)[0].card(), allow_nan=False))
    assert card["candidate"] == name
    assert card["recipe"]["candidate"] == name


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_a_floor_and_refuses_unknown_names(family: str) -> None:
    catalogue = FAMILIES[family].CATALOGUE
    assert catalogue.floors
    assert set(catalogue.floors) < set(catalogue.classes)
    with pytest.raises(BadInput, match="there are"):
        catalogue.make(Recipe("no such candidate"))
