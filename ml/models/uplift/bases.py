"""What meta-learners are made of: regressions that predict, tell each feature's part in it, and save without pickle."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.contract import shares
from ml.models.uplift.folds import Folds
from ml.models.uplift.penalised import Shrinkage, choose_shrinkage, gram_by_fold, total
from ml.models.uplift.scaling import Scaling

SMALL_STEP = 0.05


class Base(ABC):
    """A regression of y (n) on X (n×p float32 columns, NaN missing) with weights; `folds` choose how stiff it is."""

    def __init__(self, settings: Mapping[str, Any], seed: int = 0) -> None:
        self.settings, self.seed = settings, seed
        self.constant = 0.0

    @abstractmethod
    def fit(self, X: pd.DataFrame, y: FloatArray, weight: FloatArray, folds: Folds | None = None) -> "Base": ...

    @abstractmethod
    def predict(self, X: pd.DataFrame) -> FloatArray: ...

    @abstractmethod
    def contributions(self, X: pd.DataFrame) -> FloatArray:
        """n×p amounts that add up to the prediction minus `constant`."""

    @abstractmethod
    def importance(self, names: tuple[str, ...]) -> dict[str, float]:
        """How much each feature counts, in shares that add up to 1."""

    @abstractmethod
    def details(self) -> dict[str, Any]:
        """What the fit chose by itself."""

    @abstractmethod
    def write(self, folder: Path) -> None: ...

    @abstractmethod
    def read(self, folder: Path) -> None: ...


class Linear(Base):
    """Linear in standardised features, shrunk as the folds say; without folds by the middle ridge penalty."""

    def fit(self, X: pd.DataFrame, y: FloatArray, weight: FloatArray, folds: Folds | None = None) -> "Linear":
        penalties = self.settings["penalties"]
        self.scaling = Scaling.fit(X)
        design = with_constant(self.scaling.apply(X))
        grams = gram_by_fold(design, y, weight, folds or Folds(np.zeros(len(y), dtype=np.intp), 1))
        middle = Shrinkage("ridge", sorted(penalties["ridge"])[len(penalties["ridge"]) // 2])
        self.shrinkage = choose_shrinkage(grams, penalties) if folds else middle
        self.coefficients = total(grams).solve(self.shrinkage)
        self.constant = float(self.coefficients[0])
        return self

    def predict(self, X: pd.DataFrame) -> FloatArray:
        predicted: FloatArray = self.constant + self.scaling.apply(X) @ self.coefficients[1:]
        return predicted

    def contributions(self, X: pd.DataFrame) -> FloatArray:
        return self.scaling.fold_back(self.scaling.apply(X) * self.coefficients[1:])

    def importance(self, names: tuple[str, ...]) -> dict[str, float]:
        return shares(names, np.abs(self.coefficients[1 : len(names) + 1]))

    def details(self) -> dict[str, Any]:
        return {"shrinkage": str(self.shrinkage)}

    def write(self, folder: Path) -> None:
        state = self.scaling.state() | self.shrinkage.state()
        write_arrays(folder / "linear.npz", state | {"coefficients": self.coefficients})

    def read(self, folder: Path) -> None:
        state = read_arrays(folder / "linear.npz")
        self.scaling, self.coefficients = Scaling.from_state(state), state["coefficients"]
        self.constant, self.shrinkage = float(self.coefficients[0]), Shrinkage.from_state(state)


class Boosted(Base):
    """LightGBM trees on one thread; with folds the number of trees is the best on left-out rows, and may be none.

    `objective` regression or poisson (a log link whose sum agrees with the outcome's); settings go by LightGBM's names.
    """

    def __init__(self, settings: Mapping[str, Any], seed: int = 0, objective: str = "regression") -> None:
        super().__init__(settings, seed)
        self.objective, self.rate = objective, 1.0
        self.model: lightgbm.Booster | None = None

    def fit(self, X: pd.DataFrame, y: FloatArray, weight: FloatArray, folds: Folds | None = None) -> "Boosted":
        self.average = float(np.average(y, weights=weight))
        target = y
        if self.objective == "poisson":
            # the log link knows no negative outcomes (refunds); the total is put right by one factor
            target = np.maximum(y, 0)
            self.rate = self.average / max(float(np.average(target, weights=weight)), 1e-12)
        rounds = 0 if not X.shape[1] else int(self.settings["rounds"])
        if folds and rounds:
            rounds = self.choose_rounds(X, target, weight, folds)
        self.constant = self.average
        if rounds and self.average * self.rate != 0:
            self.model = self.train(X, target, weight, rounds)
            self.constant = float(self.raw_contributions(X.iloc[:1])[0, -1])
        return self

    def parameters(self) -> dict[str, Any]:
        own = {name: value for name, value in self.settings["boosting"].items() if name != "rounds"}
        fixed: dict[str, Any] = {"verbosity": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True}
        if self.objective == "poisson":
            # LightGBM's usual 0.7 halves every step, and customers far below the mean would never be reached
            fixed["poisson_max_delta_step"] = SMALL_STEP
        return {"objective": self.objective, "seed": self.seed, **fixed, **own}

    def train(self, X: pd.DataFrame, y: FloatArray, weight: FloatArray, rounds: int) -> lightgbm.Booster:
        data = lightgbm.Dataset(X.to_numpy(dtype=np.float32), y, weight=weight, params={"verbosity": -1})
        return lightgbm.train(self.parameters(), data, rounds)

    def choose_rounds(self, X: pd.DataFrame, y: FloatArray, weight: FloatArray, folds: Folds) -> int:
        """As many trees as lower the loss on left-out rows most; none where the constant does best."""
        curves = np.array([self.left_out_losses(X, y, weight, parts) for parts in folds])
        return int(np.argmin(curves.mean(axis=0)))

    def left_out_losses(self, X: pd.DataFrame, y: FloatArray, weight: FloatArray, parts: Any) -> FloatArray:
        """Weighted squared error on the left-out rows after 0, 1, … trees."""
        rows, others = parts
        values = X.to_numpy(dtype=np.float32)
        learned = lightgbm.Dataset(values[rows], y[rows], weight=weight[rows], params={"verbosity": -1})
        held = learned.create_valid(values[others], y[others], weight=weight[others])
        told: dict[str, dict[str, list[float]]] = {}
        watch = [lightgbm.record_evaluation(told)]
        settings = self.parameters() | {"metric": "l2"}
        lightgbm.train(settings, learned, int(self.settings["rounds"]), valid_sets=[held], callbacks=watch)
        start = np.average(y[rows], weights=weight[rows])
        first = float(np.average((y[others] - start) ** 2, weights=weight[others]))
        return np.array([first, *told["valid_0"]["l2"]])

    def predict(self, X: pd.DataFrame) -> FloatArray:
        if self.model is None:
            return np.full(len(X), self.constant)
        raw = self.model.predict(X.to_numpy(dtype=np.float32), num_threads=1)
        return np.asarray(raw, dtype=float) * self.rate

    def raw_contributions(self, X: pd.DataFrame) -> FloatArray:
        """TreeSHAP (Lundberg et al. 2020) on the scale of the link, n×(p + 1), the last column the constant."""
        assert self.model is not None
        return np.asarray(self.model.predict(X.to_numpy(dtype=np.float32), pred_contrib=True, num_threads=1))

    def contributions(self, X: pd.DataFrame) -> FloatArray:
        """On the scale of the link: amounts where the objective is regression, logarithms where it is poisson."""
        return np.zeros(X.shape) if self.model is None else self.raw_contributions(X)[:, :-1]

    @property
    def reference(self) -> float:
        """The prediction where every contribution is 0."""
        is_log = self.objective == "poisson" and self.model is not None
        return float(np.exp(self.constant)) * self.rate if is_log else self.constant

    def importance(self, names: tuple[str, ...]) -> dict[str, float]:
        return {} if self.model is None else shares(names, self.model.feature_importance("gain"))

    def details(self) -> dict[str, Any]:
        return {"trees": 0 if self.model is None else self.model.num_trees()}

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        numbers = {"rate": self.rate, "constant": self.constant, "has_trees": self.model is not None}
        (folder / "boosted.json").write_text(json.dumps(numbers))
        if self.model is not None:
            self.model.save_model(str(folder / "trees.txt"))

    def read(self, folder: Path) -> None:
        numbers = json.loads((folder / "boosted.json").read_text())
        self.rate, self.constant = numbers["rate"], numbers["constant"]
        self.model = lightgbm.Booster(model_file=str(folder / "trees.txt")) if numbers["has_trees"] else None


BASES: dict[str, type[Base]] = {"lightgbm": Boosted, "linear": Linear}


def with_constant(design: FloatArray) -> FloatArray:
    return np.hstack([np.ones((len(design), 1)), design])


def write_arrays(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """An npz whose bytes depend on the arrays alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, allow_pickle=False, **arrays)


def read_arrays(file: Path) -> dict[str, np.ndarray]:
    with np.load(file, allow_pickle=False) as found:
        return {name: found[name] for name in found.files}
