"""What a learner of every newer family can do: fit, score, save, load, card, and a catalogue that makes it by name."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np
import pandas as pd

from ml.models.contract import Recipe
from warehouse.errors import BadInput

Data = TypeVar("Data")
CARD, ARRAYS = "model.json", "model.npz"


@dataclass(frozen=True)
class State:
    """Everything a fitted model is made of: plain arrays, and facts that JSON can hold (a booster is its own text)."""

    arrays: Mapping[str, np.ndarray]
    facts: Mapping[str, Any]


class Model(ABC, Generic[Data]):
    """Learns from a family's data and scores other data of the same kind; what is scored depends on the family."""

    name: ClassVar[str]

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    @abstractmethod
    def fit(self, data: Data) -> Self: ...

    @abstractmethod
    def score(self, data: Data) -> pd.DataFrame:
        """A row per thing asked about, in the order of the data; columns and units are the family's."""

    @abstractmethod
    def state(self) -> State: ...

    @abstractmethod
    def restore(self, state: State) -> None: ...

    def details(self) -> Mapping[str, Any]:
        """What the fit found by itself, for the card: parameters with their units in the names."""
        return {}

    def card(self) -> dict[str, Any]:
        """Name, settings and what the fit found: plain JSON content."""
        return {"candidate": self.name, "recipe": self.recipe.as_json(), "details": dict(self.details())}

    def save(self, folder: Path) -> None:
        """Write one JSON and one npz without pickle into an empty or new folder; the same model gives equal files."""
        folder.mkdir(parents=True, exist_ok=True)
        state = self.state()
        content = {"recipe": self.recipe.as_json(), "facts": dict(state.facts)}
        (folder / CARD).write_text(json.dumps(content, indent=1, sort_keys=True))
        np.savez_compressed(folder / ARRAYS, allow_pickle=False, **dict(state.arrays))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The model that `save` wrote; a file with pickled objects raises ValueError."""
        content = json.loads((folder / CARD).read_text())
        model = cls(Recipe.from_json(content["recipe"]))
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            model.restore(State({name: arrays[name] for name in arrays.files}, content["facts"]))
        return model


@dataclass(frozen=True)
class Catalogue:
    """A family's candidates: `classes` are `module.Class` below `package` by name; `floors` are the simplest of them.

    Classes are imported when they are asked for, so that scoring loads only what it uses.
    """

    family: str
    package: str
    classes: Mapping[str, str]
    floors: tuple[str, ...]

    def class_of(self, name: str) -> type[Model[Any]]:
        """The class of a candidate; BadInput for a name that is not in the catalogue."""
        if name not in self.classes:
            raise BadInput(f"{self.family} has no candidate {name}; there are {', '.join(self.classes)}")
        module, found = self.classes[name].split(".")
        model: type[Model[Any]] = getattr(import_module(f"{self.package}.{module}"), found)
        return model

    def make(self, recipe: Recipe) -> Model[Any]:
        return self.class_of(recipe.candidate)(recipe)

    def load(self, name: str, folder: Path) -> Model[Any]:
        return self.class_of(name).load(folder)
