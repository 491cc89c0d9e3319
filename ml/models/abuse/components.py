"""The graph's score: accounts that live on offers together with others that do."""

import numpy as np

from ml.learning.metrics import FloatArray
from ml.models.abuse.detector import Detector
from ml.models.abuse.evidence import COLUMNS

WEIGHT, OTHERS, NEWCOMERS, RARITY = (COLUMNS.index(name) for name in ("own", "others", "newcomers", "rarity"))
DEFAULTS = {"others_share": 0.3, "rarity_share": 1.0, "full_price_share": 4.0}


class Components(Detector):
    """An account's own weight, a share of what the accounts it shares something with weigh together and of the offers
    for newcomers they used, and how rare so many sharing accounts are; who buys at full price is taken out again, for a
    ring serves somebody. Below 0 counts as 0.
    """

    name = "components"

    def learn(self, evidence: FloatArray, verdicts: FloatArray, dealt: FloatArray) -> None: ...

    def raw(self, evidence: FloatArray) -> FloatArray:
        chosen = DEFAULTS | {name: float(one) for name, one in self.recipe.settings.items() if name in DEFAULTS}
        own, together = evidence[:, WEIGHT], np.maximum(evidence[:, OTHERS] + evidence[:, NEWCOMERS], 0)
        group = chosen["others_share"] * together + chosen["rarity_share"] * evidence[:, RARITY]
        paid = chosen["full_price_share"] * np.maximum(-own, 0)
        return np.maximum(np.maximum(own, 0) + group - paid, 0)
