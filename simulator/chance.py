"""Chance that can be repeated: a stream of its own for every purpose and day.

Draws that stand for a customer are made for all customers in their order, so that two worlds with the same seed and
other decisions meet the same luck: what differs between them is what the decisions changed.
"""

import zlib

import numpy as np


def stream(seed: int, purpose: str, day: int = 0) -> np.random.Generator:
    """The generator of one purpose on one day.

    >>> stream(1, "visits", 3).random() == stream(1, "visits", 3).random()
    True
    """
    words = np.random.SeedSequence([seed, zlib.crc32(purpose.encode()), day])
    return np.random.Generator(np.random.SFC64(words))
