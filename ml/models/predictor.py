"""A model as it is used: from raw features to a calibrated probability, in one folder."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from ml.learning.calibration import Calibrator, expit
from ml.learning.encoding import Encoding
from ml.learning.metrics import FloatArray
from ml.models import catalogue
from ml.models.contract import Candidate
from ml.models.parts import carry

FILE = "predictor.json"
CHUNK = 50_000


@dataclass(frozen=True)
class Predictor:
    encoding: Encoding
    candidate: Candidate
    calibrator: Calibrator

    def predict(self, features: pd.DataFrame, threads: int = 1) -> FloatArray:
        """Calibrated probabilities, shape (n,), of n rows of raw features; rows go through in chunks to save memory."""
        chunks = [features.iloc[start : start + CHUNK] for start in range(0, len(features), CHUNK)]
        with threadpool_limits(1), ThreadPoolExecutor(threads) as workers:
            parts = list(workers.map(self.predict_chunk, chunks))
        return np.concatenate(parts) if parts else np.array([])

    def predict_chunk(self, features: pd.DataFrame) -> FloatArray:
        return self.calibrator.apply(self.candidate.predict(self.encoding.apply(features)))

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """What each raw feature adds to the chance: n rows, a column per feature, in shares of 1.

        A row adds up to the calibrated probability minus `base_chance`: parts in log odds are carried through
        calibration.
        """
        X = self.encoding.apply(features)
        told = self.candidate.contributions(X)
        amounts = pd.DataFrame(carry(told.amounts, told.base, self.chance_of), columns=X.columns)
        return amounts.T.groupby(lambda name: name.split(" = ")[0], sort=False).sum().T

    def base_chance(self, features: pd.DataFrame) -> float:
        """What contributions are counted from; any row will do."""
        base = self.candidate.contributions(self.encoding.apply(features.iloc[:1])).base
        return float(self.chance_of(np.array([base]))[0])

    def chance_of(self, log_odds: FloatArray) -> FloatArray:
        return self.calibrator.apply(expit(log_odds))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.candidate.save(folder / "candidate")
        content = {
            "candidate": self.candidate.name,
            "encoding": self.encoding.as_json(),
            "calibrator": self.calibrator.as_json(),
        }
        (folder / FILE).write_text(json.dumps(content, indent=1))

    @classmethod
    def load(cls, folder: Path) -> "Predictor":
        content = json.loads((folder / FILE).read_text())
        return cls(
            encoding=Encoding.from_json(content["encoding"]),
            candidate=catalogue.load(content["candidate"], folder / "candidate"),
            calibrator=Calibrator.from_json(content["calibrator"]),
        )
