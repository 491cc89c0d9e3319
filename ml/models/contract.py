"""What every candidate can do, and what it is made from."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.parts import Parts

CARD = "candidate.json"


@dataclass(frozen=True)
class Recipe:
    """A candidate by name with everything that fixes its fit: settings, seed, signs of features, rule features."""

    candidate: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    signs: Mapping[str, int] = field(default_factory=dict)
    rule: tuple[str, ...] = ()
    members: tuple["Recipe", ...] = ()

    def as_json(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return content

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Recipe":
        """Read what an older version wrote, too: what it knew and this does not is left out."""
        known = {one.name: content[one.name] for one in fields(cls) if one.name in content}
        members = tuple(cls.from_json(member) for member in content.get("members", ()))
        return cls(**{**known, "rule": tuple(content.get("rule", ())), "members": members})


class Candidate(ABC):
    """A learner of probabilities: X is a frame of n rows and d float32 columns (NaN is missing), y 0/1 of length n."""

    name: ClassVar[str]

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.columns: tuple[str, ...] = ()

    def fit(self, X: pd.DataFrame, y: FloatArray) -> Self:
        self.columns = tuple(X.columns)
        self.learn(X, np.asarray(y, dtype=float))
        return self

    @abstractmethod
    def learn(self, X: pd.DataFrame, y: FloatArray) -> None: ...

    @abstractmethod
    def predict(self, X: pd.DataFrame) -> FloatArray:
        """Raw probabilities, shape (n,), each in 0-1; ml/learning/calibration.py makes them mean what they say."""

    @abstractmethod
    def importance(self) -> dict[str, float]:
        """How much each feature counts, in shares that add up to 1; empty where the notion does not apply."""

    @abstractmethod
    def contributions(self, X: pd.DataFrame) -> Parts:
        """What each column adds to the log odds of n rows: base and parts of a row are the log odds of `predict`."""

    def card(self) -> dict[str, Any]:
        """Name, settings and the most important features, for the model card."""
        ranked = sorted(self.importance().items(), key=lambda item: (-item[1], item[0]))[:20]
        importance = [{"feature": feature, "share": round(share, 6)} for feature, share in ranked]
        return {"candidate": self.name, "recipe": self.recipe.as_json(), "importance": importance}

    def save(self, folder: Path) -> None:
        """Write native files without pickle into an empty or new folder."""
        folder.mkdir(parents=True, exist_ok=True)
        content = {"recipe": self.recipe.as_json(), "columns": self.columns}
        (folder / CARD).write_text(json.dumps(content, indent=1))
        self.write(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        content = json.loads((folder / CARD).read_text())
        candidate = cls(Recipe.from_json(content["recipe"]))
        candidate.columns = tuple(content["columns"])
        candidate.read(folder)
        return candidate

    @abstractmethod
    def write(self, folder: Path) -> None: ...

    @abstractmethod
    def read(self, folder: Path) -> None: ...


def shares(columns: tuple[str, ...], amounts: Any) -> dict[str, float]:
    """Amounts as shares of their sum.

    >>> shares(("a", "b"), [1, 3])
    {'a': 0.25, 'b': 0.75}
    """
    total = float(np.sum(amounts))
    return {name: float(one) / total for name, one in zip(columns, amounts, strict=True) if total > 0 and one > 0}
