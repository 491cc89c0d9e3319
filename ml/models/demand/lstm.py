"""A recurrent network with gates over all series, by PyTorch: an optional extra (requirements-lstm.txt)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Self

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.demand.forecaster import Forecaster
from ml.models.demand.series import Panel
from ml.models.model import State
from warehouse.errors import NotAvailable

DEFAULTS = {"window": 16, "hidden": 32, "epochs": 20, "batch": 256, "learning_rate": 0.003, "max_windows": 20_000}


def load_torch() -> ModuleType:
    """PyTorch, read only when it is asked for; NotAvailable where the extra is not installed."""
    try:
        import torch  # type: ignore[import-not-found]
    except ImportError as missing:
        lacking = "the candidate lstm needs PyTorch: install requirements-lstm.txt, or leave it out"
        raise NotAvailable(lacking) from missing
    torch.set_num_threads(1)
    module: ModuleType = torch
    return module


class Lstm(Forecaster):
    """Windows of each series, scaled by means and spreads of the training time alone, through torch.nn.LSTM and a line.

    Inputs are the scaled units and regressors of the past, and the regressors planned for the horizon; outputs are
    all periods ahead at once. Source: Hochreiter and Schmidhuber (1997), with forget gates of Gers et al. (2000).
    """

    name = "lstm"
    is_global = True

    def learn(self, panel: Panel, horizon: int) -> Self:
        torch = load_torch()
        self.own = {**DEFAULTS, **self.settings}
        self.scales = Scales.learn(panel)
        torch.manual_seed(self.recipe.seed)
        self.planned = sorted(name for name in panel.regressors if panel.lead(name))
        inputs, plans, targets = self.windows(panel, horizon)
        self.horizon, self.sizes = horizon, (inputs.shape[2], plans.shape[1])
        self.network = build(torch, *self.sizes, int(self.own["hidden"]), horizon)
        descend(torch, self.network, (inputs, plans, targets), self.own, self.recipe.seed)
        return self

    def windows(self, panel: Panel, horizon: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Inputs (R × window × F), plans (R × P) and what came (R × H) at past origins, newest kept where too many."""
        width = min(int(self.own["window"]), panel.known - horizon - 1)
        if width < 2:
            raise NotAvailable(f"{panel.known} periods are too few for an LSTM that looks {horizon} ahead")
        self.own["window"] = width
        parts = list(self.origins(panel, horizon, width))
        kept = parts[-max(1, int(self.own["max_windows"]) // len(panel.ids)) :]
        return tuple(np.concatenate([part[place] for part in kept]) for place in range(3))  # type: ignore[return-value]

    def origins(self, panel: Panel, horizon: int, width: int) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
        for origin in range(width, panel.known - horizon + 1):
            view = panel.cut(origin, horizon)
            came = self.scales.of(panel).units(panel.y[:, origin : origin + horizon])
            yield *self.seen(view, width), came

    def seen(self, panel: Panel, width: int) -> tuple[FloatArray, FloatArray]:
        """The last periods (N × width × F) and what is planned (N × P); what is not known is 0, the mean."""
        past, ahead = slice(panel.known - width, panel.known), slice(panel.known, None)
        unknown, units = np.full((len(panel.ids), len(panel.periods)), np.nan), self.scales.of(panel).units(panel.y)
        names = sorted(self.scales.regressors)
        known = {name: self.scales.regressor(name, panel.regressors.get(name, unknown)) for name in names}
        inputs = np.stack([units[:, past], *(one[:, past] for one in known.values())], axis=2)
        plans = [known[name][:, ahead] for name in self.planned]
        return inputs, np.concatenate([*plans, np.zeros((len(panel.ids), 0))], axis=1)

    def forecast(self, panel: Panel) -> FloatArray:
        torch = load_torch()
        seen = self.seen(panel, int(self.own["window"]))
        with torch.no_grad():
            found = self.network(*(torch.as_tensor(one, dtype=torch.float32) for one in seen)).numpy()
        return np.asarray(self.scales.of(panel).back(found[:, : panel.horizon].astype(float)))

    def state(self) -> State:
        weights = {f"w:{name}": one.numpy() for name, one in self.network.state_dict().items()}
        scales = {"mean": self.scales.mean, "spread": self.scales.spread}
        facts: dict[str, Any] = {"own": self.own, "horizon": self.horizon, "sizes": self.sizes, "planned": self.planned}
        facts |= {"regressors": self.scales.regressors, "ids": [str(one) for one in self.scales.ids]}
        return State({**weights, **scales}, facts)

    def restore(self, state: State) -> None:
        torch = load_torch()
        facts = state.facts
        self.own, self.horizon, self.sizes = facts["own"], facts["horizon"], tuple(facts["sizes"])
        self.planned, ids = facts["planned"], np.array(facts["ids"], dtype=object)
        self.scales = Scales(ids, state.arrays["mean"], state.arrays["spread"], facts["regressors"])
        self.network = build(torch, *self.sizes, int(self.own["hidden"]), self.horizon)
        weights = {name[2:]: torch.as_tensor(one) for name, one in state.arrays.items() if name.startswith("w:")}
        self.network.load_state_dict(weights)
        self.network.eval()


@dataclass(frozen=True)
class Scales:
    """Mean and spread (N, 1) of the log units of series, and those of each regressor, of the training time alone."""

    ids: np.ndarray
    mean: FloatArray
    spread: FloatArray
    regressors: Mapping[str, list[float]]

    @classmethod
    def learn(cls, panel: Panel) -> Self:
        past = {name: values[:, : panel.known] for name, values in panel.regressors.items()}
        found = {name: usual(values[np.isfinite(values)]) for name, values in past.items()}
        return cls(panel.ids, *usual_of_each(panel.y), found)

    def of(self, panel: Panel) -> Self:
        """In the order of a panel; a series that came after the training time is scaled by what is known of it."""
        place = pd.Index(self.ids).get_indexer(pd.Index(panel.ids))
        own = zip((self.mean, self.spread), usual_of_each(panel.y), strict=True)
        mean, spread = (np.where((place >= 0)[:, None], learned[place], new) for learned, new in own)
        return replace(self, ids=panel.ids, mean=mean, spread=spread)

    def units(self, y: FloatArray) -> FloatArray:
        return np.asarray((np.log1p(y) - self.mean) / self.spread)

    def back(self, scaled: FloatArray) -> FloatArray:
        return np.asarray(np.maximum(np.expm1(np.clip(scaled, -8, 8) * self.spread + self.mean), 0))

    def regressor(self, name: str, values: FloatArray) -> FloatArray:
        mean, spread = self.regressors[name]
        return np.nan_to_num((values - mean) / spread)


def usual_of_each(y: FloatArray) -> tuple[FloatArray, FloatArray]:
    logs = np.log1p(y)
    return logs.mean(axis=1, keepdims=True), logs.std(axis=1, keepdims=True) + 0.1


def usual(values: FloatArray) -> list[float]:
    return [float(values.mean()), float(values.std()) + 1e-6] if len(values) else [0.0, 1.0]


def build(torch: ModuleType, features: int, plans: int, size: int, horizon: int) -> Any:
    """A network from inputs (R × window × features) and plans (R × plans) to scaled units (R × horizon)."""

    class Network(torch.nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.gates = torch.nn.LSTM(features, size, batch_first=True)
            self.line = torch.nn.Linear(size + plans, horizon)

        def forward(self, inputs: Any, plan: Any) -> Any:
            _, (state, _) = self.gates(inputs)
            return self.line(torch.cat([state[-1], plan], dim=1))

    return Network()


def descend(torch: ModuleType, network: Any, data: Any, own: dict[str, Any], seed: int) -> None:
    """Adam on the mean squared error of scaled units, in shuffled batches."""
    tensors = [torch.as_tensor(one, dtype=torch.float32) for one in data]
    optimizer = torch.optim.Adam(network.parameters(), lr=float(own["learning_rate"]))
    chance = np.random.default_rng(seed)
    for _ in range(int(own["epochs"])):
        order = torch.as_tensor(chance.permutation(len(tensors[0])))
        for batch in order.split(int(own["batch"])):
            inputs, plan, came = (one[batch] for one in tensors)
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(network(inputs, plan), came).backward()
            optimizer.step()
    network.eval()
