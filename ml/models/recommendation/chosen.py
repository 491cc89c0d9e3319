"""What a champion is: for each part the recommender that won it, and what its scores are worth as probabilities."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml.models import recommendation
from ml.models.recommendation import Recommender
from ml.models.recommendation.history import PARTS, History, split_parts
from ml.models.recommendation.rates import apply_rates

PARTS_FILE = "parts.json"
COLD = "cold"  # the line of popularity, for customers who bought nothing


@dataclass(frozen=True)
class Chosen:
    """Fitted recommenders by name, all over the same products; the name and the score-to-probability line per part.

    One more line, COLD, tells what popularity is worth to a customer without purchases.
    """

    recommenders: Mapping[str, Recommender]
    names: Mapping[str, str]
    lines: Mapping[str, np.ndarray]
    lapsed_after_days: int

    @property
    def products(self) -> np.ndarray:
        return next(iter(self.recommenders.values())).products

    @property
    def reach(self) -> np.ndarray:
        return next(iter(self.recommenders.values())).reach


@dataclass(frozen=True)
class Scored:
    """Of customers and products (c, p): each pair's part and probability of purchase, and the raw scores.

    `scores` has one matrix per recommender; probabilities rise with them within a part but may be equal.
    """

    parts: np.ndarray
    probability: np.ndarray
    scores: Mapping[str, np.ndarray]


def score_customers(chosen: Chosen, history: History) -> Scored:
    """Score every product of the champion for every customer of a history, each pair by the winner of its part.

    Probabilities are those of buying the product within the validation window's length, 0-1.
    """
    parts = split_parts(history, chosen.lapsed_after_days)
    serving = sorted({chosen.names[part] for part in PARTS})
    scores = {name: recommendation.score(chosen.recommenders[name], history) for name in serving}
    probability = np.zeros(parts.shape, np.float32)
    for place, part in enumerate(PARTS):
        inside = parts == place
        probability[inside] = apply_rates(chosen.lines[part], scores[chosen.names[part]][inside])
    return Scored(parts, probability, scores)


def save(chosen: Chosen, folder: Path) -> None:
    """Write a champion into a folder: a sub-folder per recommender and one JSON; no pickle."""
    for name, recommender in chosen.recommenders.items():
        recommendation.save(recommender, folder / name)
    content = {
        "names": dict(chosen.names),
        "lines": {part: line.tolist() for part, line in chosen.lines.items()},
        "lapsed_after_days": chosen.lapsed_after_days,
    }
    (folder / PARTS_FILE).write_text(json.dumps(content, indent=2, sort_keys=True))


def load(folder: Path) -> Chosen:
    """The champion that `save` wrote."""
    content = json.loads((folder / PARTS_FILE).read_text())
    recommenders = {name: recommendation.load(folder / name) for name in sorted(set(content["names"].values()))}
    lines = {part: np.array(line) for part, line in content["lines"].items()}
    return Chosen(recommenders, content["names"], lines, content["lapsed_after_days"])
