"""An effect model as it is used: from raw features to effects on every outcome, with an interval, in one folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.uplift import catalogue
from ml.models.uplift.bins import EffectBins
from ml.models.uplift.contract import Learner
from ml.models.uplift.shape import DepthShape
from ml.models.uplift.use import Use, extend_with

FILE = "uplift.json"
USE = "use"


@dataclass(frozen=True)
class UpliftModel:
    """The same kind of learner for each outcome, the one it was chosen on (`primary`) with calibrated intervals.

    `shapes` hold outcomes whose response to depth was bent to rise and to flatten; `use` gives rows the chance of use
    that the learners take as a feature, where costs told it.
    """

    learners: Mapping[str, Learner]
    primary: str
    bins: EffectBins
    shapes: Mapping[str, DepthShape] = field(default_factory=dict)
    use: Use | None = None

    @property
    def name(self) -> str:
        """The chosen learner's name in the catalogue."""
        return self.learners[self.primary].recipe.candidate

    @property
    def is_observational(self) -> bool:
        return self.learners[self.primary].is_observational

    def effects(self, features: pd.DataFrame) -> pd.DataFrame:
        """n rows: `effect_<outcome>` for each outcome and `effect_<primary>_low` and `_high`, before any cost."""
        features = self.known(features)
        told = {f"effect_{outcome}": self.effect(outcome, features) for outcome in self.learners}
        low, high = self.bins.interval(told[f"effect_{self.primary}"])
        return pd.DataFrame({**told, f"effect_{self.primary}_low": low, f"effect_{self.primary}_high": high})

    def known(self, features: pd.DataFrame) -> pd.DataFrame:
        """What the learners go by: the n raw rows, with the chance of use where it is one of the features."""
        return extend_with(self.use, features)

    def effect(self, outcome: str, features: pd.DataFrame) -> FloatArray:
        """The effect on one outcome, shape (n,)."""
        features = self.known(features)
        effect = self.learners[outcome].effect(features)
        return effect * self.shapes[outcome].at(features) if outcome in self.shapes else effect

    def outcome_without(self, features: pd.DataFrame) -> FloatArray | None:
        return self.learners[self.primary].outcome_without(self.known(features))

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Each feature's part in the effect on the primary outcome, see Learner.contributions; bending is depth's."""
        learner, features = self.learners[self.primary], self.known(features)
        told = learner.contributions(features)
        if self.primary in self.shapes:
            bent = self.effect(self.primary, features) - learner.effect(features)
            feature = self.shapes[self.primary].feature
            told[feature] = told.get(feature, 0.0) + bent
        return told

    @property
    def base_effect(self) -> float:
        """What contributions are counted from."""
        return self.learners[self.primary].base_effect

    def card(self) -> dict[str, Any]:
        return {
            "primary": self.primary,
            "learners": {outcome: learner.card() for outcome, learner in self.learners.items()},
            "bins": self.bins.as_json(),
            "shapes": self.shapes_as_json(),
        }

    def shapes_as_json(self) -> dict[str, Any]:
        return {outcome: shape.as_json() for outcome, shape in self.shapes.items()}

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for outcome, learner in self.learners.items():
            learner.save(folder / outcome)
        names = {outcome: learner.recipe.candidate for outcome, learner in self.learners.items()}
        content = {"primary": self.primary, "learners": names, "bins": self.bins.as_json()}
        content["shapes"] = self.shapes_as_json()
        if self.use:
            content[USE] = self.use.as_json()
            self.use.write(folder / USE)
        (folder / FILE).write_text(json.dumps(content, indent=1))

    @classmethod
    def load(cls, folder: Path) -> "UpliftModel":
        content = json.loads((folder / FILE).read_text())
        learners = {outcome: catalogue.load(name, folder / outcome) for outcome, name in content["learners"].items()}
        shapes = {outcome: DepthShape.from_json(one) for outcome, one in content["shapes"].items()}
        use = Use.read(content[USE], folder / USE) if USE in content else None
        return cls(learners, content["primary"], EffectBins.from_json(content["bins"]), shapes, use)
