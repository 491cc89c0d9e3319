"""A model as it is used: from raw features to a calibrated probability, in one folder."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from ml.learning.calibration import Calibrator
from ml.learning.encoding import Encoding
from ml.learning.metrics import FloatArray
from ml.models import catalogue
from ml.models.contract import Candidate

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
