"""From raw features to the numbers candidates learn from; fitted on the rows learned from, the same ever after."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from warehouse.errors import BadInput

MOST_LEVELS = 12
LEAST_LEVEL_RATE = 0.01


@dataclass(frozen=True)
class Encoding:
    """Columns taken as numbers, and the words of each column that get a 0/1 column of their own."""

    numbers: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]

    @classmethod
    def fit(cls, features: pd.DataFrame) -> "Encoding":
        """Keep what varies: columns with one value, or none, tell nothing and are left out.

        >>> Encoding.fit(pd.DataFrame({"x": [1.0, 2.0], "same": [3, 3], "word": ["a", "b"]})).names
        ('x', 'word = a', 'word = b')
        """
        numbers: list[str] = []
        levels: dict[str, tuple[str, ...]] = {}
        for column in sorted(map(str, features.columns)):
            if pd.api.types.is_numeric_dtype(features[column]):
                values = features[column].to_numpy(dtype=float, na_value=np.nan)
                numbers += [column] if varies(values) else []
            elif words := frequent_words(features[column]):
                levels[column] = words
        return cls(tuple(numbers), levels)

    @property
    def names(self) -> tuple[str, ...]:
        return self.numbers + tuple(f"{column} = {word}" for column, words in self.levels.items() for word in words)

    def apply(self, features: pd.DataFrame) -> pd.DataFrame:
        """One float32 column per name, missing numbers as NaN, unknown words as 0; BadInput where a column lacks."""
        missing = sorted({*self.numbers, *self.levels} - set(map(str, features.columns)))
        if missing:
            raise BadInput(f"the model needs features that are not there: {', '.join(missing)}")
        matrix = np.empty((len(features), len(self.names)), dtype=np.float32)
        for place, column in enumerate(self.numbers):
            matrix[:, place] = features[column].to_numpy(dtype=np.float32, na_value=np.nan)
        place = len(self.numbers)
        for column, words in self.levels.items():
            said = features[column]
            for word in words:
                matrix[:, place] = (said == word).fillna(False).to_numpy(dtype=np.float32)
                place += 1
        return pd.DataFrame(matrix, columns=list(self.names), copy=False)

    def as_json(self) -> dict[str, Any]:
        return {"numbers": list(self.numbers), "levels": {column: list(words) for column, words in self.levels.items()}}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Encoding":
        return cls(tuple(content["numbers"]), {column: tuple(words) for column, words in content["levels"].items()})


def varies(values: np.ndarray) -> bool:
    """Missing counts as a value of its own.

    >>> varies(np.array([1.0, np.nan])), varies(np.array([1.0, 1.0])), varies(np.array([np.nan, np.nan]))
    (True, False, False)
    """
    is_missing = np.isnan(values)
    if is_missing.all():
        return False
    known = values[~is_missing]
    return bool(is_missing.any() or (known != known[0]).any())


def frequent_words(values: pd.Series) -> tuple[str, ...]:
    """The most frequent words that are neither everybody's nor rare, most frequent first."""
    shares = values.value_counts(normalize=True, dropna=False)
    known = [(float(share), word) for word, share in shares.items() if isinstance(word, str)]
    ranked = sorted((-share, str(word)) for share, word in known if LEAST_LEVEL_RATE <= share < 1)
    return tuple(word for _, word in ranked[:MOST_LEVELS])
