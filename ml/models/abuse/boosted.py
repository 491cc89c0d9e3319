"""LightGBM on the reviewers' verdicts, where there are enough."""

from typing import Any

import lightgbm
import numpy as np

from ml.learning.metrics import FloatArray
from ml.models.abuse.detector import Detector
from ml.models.abuse.evidence import COLUMNS
from ml.models.model import State
from warehouse.errors import NotAvailable

SETTINGS = {"learning_rate": 0.05, "num_leaves": 7, "min_data_in_leaf": 10, "rounds": 100, "honest_per_verdict": 10}


def has_verdicts(verdicts: FloatArray, least: int) -> bool:
    """Whether at least so many were found abusing and so many not."""
    return bool(min((verdicts == 1).sum(), (verdicts == 0).sum()) >= least)


class Boosted(Detector):
    """The chance that a reviewer finds abuse; every number of evidence may only raise it. Customers nobody looked at
    stand in as honest with a tenth of the weight, for most of them are. NotAvailable with too few verdicts.
    """

    name = "lightgbm"

    def learn(self, evidence: FloatArray, verdicts: FloatArray, dealt: FloatArray) -> None:  # noqa: ARG002
        least = int(self.recipe.settings.get("least_verdicts", 20))
        if not has_verdicts(verdicts, least):
            raise NotAvailable(f"lightgbm needs {least} verdicts of each kind")
        known = np.isfinite(verdicts)
        chosen = SETTINGS | {name: one for name, one in self.recipe.settings.items() if name in SETTINGS}
        rounds = int(chosen.pop("rounds"))
        weight = np.where(known, 1.0, 1 / float(chosen.pop("honest_per_verdict")))
        rows = lightgbm.Dataset(evidence, np.nan_to_num(verdicts), weight=weight)
        fixed = {
            "objective": "binary",
            "num_threads": 1,
            "verbose": -1,
            "deterministic": True,
            "seed": self.recipe.seed,
        }
        signs = {"monotone_constraints": [1] * len(COLUMNS)}
        self.booster = lightgbm.train({**fixed, **signs, **chosen}, rows, rounds)

    def raw(self, evidence: FloatArray) -> FloatArray:
        return np.asarray(self.booster.predict(evidence, num_threads=1), dtype=float)

    def own_state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {}, {"booster": self.booster.model_to_string()}

    def own_restore(self, state: State) -> None:
        self.booster = lightgbm.Booster(model_str=state.facts["booster"])
