"""Several candidates together, by how rarely chance brings each one's score."""

from typing import Any

import numpy as np

from ml.learning.metrics import FloatArray
from ml.models.abuse.boosted import Boosted, has_verdicts
from ml.models.abuse.components import Components
from ml.models.abuse.detector import Detector
from ml.models.abuse.forest import Forest
from ml.models.abuse.null import upper_share
from ml.models.model import State

KEPT = 20_000  # scores by chance that are kept for comparison


class Combined(Detector):
    """The mean of -log10 of each member's share of scores at least as high by chance, plus a thousandth of the graph's
    score, which tells apart those whom no draw of chance reaches. Boosting takes part where there are verdicts."""

    name = "combined"

    def learn(self, evidence: FloatArray, verdicts: FloatArray, dealt: FloatArray) -> None:
        least = int(self.recipe.settings.get("least_verdicts", 20))
        self.members: list[Detector] = [Components(self.recipe), Forest(self.recipe)]
        if has_verdicts(verdicts, least):
            self.members.append(Boosted(self.recipe))
        self.references = []
        for member in self.members:
            member.learn(evidence, verdicts, dealt)
            scores = np.sort(member.raw(dealt))
            self.references.append(scores[np.linspace(0, len(scores) - 1, min(KEPT, len(scores))).astype(int)])

    def raw(self, evidence: FloatArray) -> FloatArray:
        scores = [member.raw(evidence) for member in self.members]
        rare = [-np.log10(upper_share(*pair)) for pair in zip(self.references, scores, strict=True)]
        return np.asarray(np.mean(rare, axis=0) + scores[0] / 1000)

    def own_state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        arrays: dict[str, np.ndarray] = {}
        facts: dict[str, Any] = {"members": [member.name for member in self.members]}
        for member, reference in zip(self.members, self.references, strict=True):
            own, said = member.own_state()
            arrays |= {f"{member.name}.{name}": one for name, one in own.items()} | {f"{member.name}.null": reference}
            facts[member.name] = said
        return arrays, facts

    def own_restore(self, state: State) -> None:
        kinds: dict[str, type[Detector]] = {kind.name: kind for kind in (Components, Forest, Boosted)}
        self.members, self.references = [], []
        for name in state.facts["members"]:
            member = kinds[name](self.recipe)
            start = f"{name}."
            arrays = {key.removeprefix(start): one for key, one in state.arrays.items() if key.startswith(start)}
            self.references.append(arrays.pop("null"))
            member.own_restore(State(arrays, state.facts[name]))
            self.members.append(member)
