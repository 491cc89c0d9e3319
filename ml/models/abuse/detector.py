"""What every candidate shares: behaviour, components, evidence, and thresholds from what chance alone brings."""

from abc import abstractmethod
from typing import Any, Self

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.abuse.activity import Activity, IntArray
from ml.models.abuse.behaviour import Windows, measure_behaviour
from ml.models.abuse.evidence import OWN, Habits, Scales, gather_evidence, tell_evidence
from ml.models.abuse.linking import link_accounts
from ml.models.abuse.null import NEVER, deal_out, level_of_groups, level_of_singles
from ml.models.model import Model, State

NULL_ROWS, MOST_DRAWS = 200_000, 200
DEFAULTS = {
    "window_days": 180,
    "velocity_days": 7,
    "visit_days": 7,
    "most_sharing": 20,
    "flag_rate": 0.0003,
    "single_flag_rate": 0.0001,
}
USUAL = 0.95


class Detector(Model[Activity]):
    """Scores customers; a score of 1 or more is to be reviewed. `raw` is the candidate's own, the rest is common."""

    def fit(self, data: Activity) -> Self:
        """Learn the shop's usual behaviour, the candidate itself, and the scores that chance brings."""
        behaviour = measure_behaviour(data, self.windows)
        component, _ = link_accounts(data, int(self.setting("most_sharing")))
        self.scales = Scales.of(behaviour)
        bought = behaviour.loc[behaviour["order_count"] > 0, list(OWN)]
        self.usual = bought.quantile(USUAL).to_numpy(float) if len(bought) else np.zeros(len(OWN))
        self.habits = Habits.of(behaviour)
        measured = self.measured(behaviour)
        evidence = gather_evidence(*measured, component)
        dealt = self.deal(measured, component, behaviour["order_count"].to_numpy(float))
        self.learn(evidence, data.verdicts(), dealt)
        self.set_levels(evidence, dealt)
        return self

    def setting(self, name: str) -> float:
        return float(self.recipe.settings.get(name, DEFAULTS[name]))

    @property
    def windows(self) -> Windows:
        return Windows(*(int(self.setting(name)) for name in ("window_days", "velocity_days", "visit_days")))

    def measured(self, behaviour: pd.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Behaviour in the shop's scales (n, 5), the weight of bargains (n) and offers for newcomers used (n)."""
        newcomers = behaviour["newcomer_count"].to_numpy(float)
        return self.scales.standardise(behaviour), self.habits.weigh(behaviour), newcomers

    def deal(
        self, measured: tuple[FloatArray, FloatArray, FloatArray], component: IntArray, orders: FloatArray
    ) -> FloatArray:
        """Evidence of customers whose behaviour was dealt out anew, the draws below each other."""
        chance = np.random.default_rng(self.recipe.seed)
        draws = int(np.clip(NULL_ROWS // max(len(orders), 1), 1, MOST_DRAWS))
        dealt = (deal_out(orders, chance) for _ in range(draws))
        own, weight, newcomers = measured
        return np.vstack([gather_evidence(own[one], weight[one], newcomers[one], component) for one in dealt])

    def set_levels(self, evidence: FloatArray, dealt: FloatArray) -> None:
        linked, by_chance = is_linked(evidence), is_linked(dealt)
        rate, single = self.setting("flag_rate"), self.setting("single_flag_rate")
        null = self.raw(dealt[by_chance]) if by_chance.any() else np.zeros(0)
        self.group_level = positive(level_of_groups(null, rate, len(evidence), int(linked.sum())))
        alone = self.raw(evidence[~linked]) if (~linked).any() else np.zeros(0)
        self.single_level = positive(level_of_singles(alone, single))
        if self.group_level == NEVER:  # nobody shares anything yet; who begins to is held against those who do not
            self.group_level = self.single_level

    @abstractmethod
    def learn(self, evidence: FloatArray, verdicts: FloatArray, dealt: FloatArray) -> None:
        """Learn from evidence (n × evidence.COLUMNS), verdicts (n; nan where none) and evidence dealt out anew."""

    @abstractmethod
    def raw(self, evidence: FloatArray) -> FloatArray:
        """How suspicious each row is in the candidate's own unit, from 0, (n,)."""

    def score(self, data: Activity) -> pd.DataFrame:
        """customer, score (from 1: to be reviewed), is_flagged, component, component_size, evidence_codes, evidence."""
        behaviour = measure_behaviour(data, self.windows)
        component, shared = link_accounts(data, int(self.setting("most_sharing")))
        evidence = gather_evidence(*self.measured(behaviour), component)
        score = self.relate(evidence)
        found = pd.DataFrame({"customer": data.customers, "score": score, "is_flagged": score >= 1})
        size = np.bincount(component, minlength=1)[component] if len(component) else component
        found = found.assign(component=component, component_size=size)
        told = self.tell(behaviour.assign(size=size), component, shared, np.flatnonzero(score >= 1))
        return found.join(told)

    def relate(self, evidence: FloatArray) -> FloatArray:
        """Raw scores as multiples of the level at which a customer is to be reviewed."""
        if not len(evidence):
            return np.zeros(0)
        return self.raw(evidence) / np.where(is_linked(evidence), self.group_level, self.single_level)

    def tell(self, behaviour: pd.DataFrame, component: IntArray, shared: pd.DataFrame, rows: IntArray) -> pd.DataFrame:
        """Codes and sentences of the rows asked about, empty words for the others."""
        used = np.bincount(component, behaviour["newcomer_count"])[component] if len(component) else component
        kinds = shared.groupby("place")["kind"].agg(lambda found: " and ".join(sorted(set(found))))
        usual = pd.Series(self.usual, OWN)
        told = behaviour.assign(newcomers_in_component=used).iloc[rows]
        days = self.windows.window_days
        words = [tell_evidence(row, usual, kinds.get(place, "something"), days) for place, row in told.iterrows()]
        found = pd.DataFrame({"evidence_codes": "", "evidence": ""}, index=behaviour.index)
        found.loc[told.index, "evidence_codes"] = [one.codes for one in words]
        found.loc[told.index, "evidence"] = [one.sentences for one in words]
        return found

    def state(self) -> State:
        arrays, facts = self.own_state()
        common = {"centre": self.scales.centre, "reach": self.scales.reach, "usual": self.usual}
        common["habits"] = self.habits.as_array()
        levels = {"group_level": finite(self.group_level), "single_level": finite(self.single_level)}
        return State({**common, **arrays}, {**levels, **facts})

    def restore(self, state: State) -> None:
        self.scales = Scales(state.arrays["centre"], state.arrays["reach"])
        self.usual, self.habits = state.arrays["usual"], Habits.from_array(state.arrays["habits"])
        self.group_level, self.single_level = (infinite(state.facts[name]) for name in ("group_level", "single_level"))
        self.own_restore(state)

    def own_state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {}, {}

    def own_restore(self, state: State) -> None: ...

    def details(self) -> dict[str, Any]:
        usual = {f"{name}_of_95_in_100": round(float(one), 4) for name, one in zip(OWN, self.usual, strict=True)}
        return {"group_level": finite(self.group_level), "single_level": finite(self.single_level), **usual}


def is_linked(evidence: FloatArray) -> np.ndarray:
    return np.asarray(evidence[:, len(OWN) + 1] > 0)


def positive(level: float) -> float:
    """A level of nothing would flag everybody with nothing."""
    return max(level, 1e-9)


def finite(level: float) -> float | None:
    return None if level == NEVER else level


def infinite(level: float | None) -> float:
    return NEVER if level is None else float(level)
