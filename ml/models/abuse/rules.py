"""The floor: how many of a reviewer's usual rules an account breaks."""

import numpy as np

from ml.learning.metrics import FloatArray
from ml.models.abuse.detector import Detector
from ml.models.abuse.evidence import COLUMNS


class Rules(Detector):
    """Counts: three accounts or more together, two offers for newcomers among them, and each way of living on offers
    in which the account exceeds 95 of 100 customers."""

    name = "rules"

    def learn(self, evidence: FloatArray, verdicts: FloatArray, dealt: FloatArray) -> None: ...

    def raw(self, evidence: FloatArray) -> FloatArray:
        own, size, several = (
            evidence[:, :5],
            evidence[:, COLUMNS.index("size")],
            evidence[:, COLUMNS.index("newcomers")],
        )
        broken = (own > 1).sum(axis=1) + (size > np.log2(2)) + (several > 0)
        return np.asarray(broken, dtype=float)
