"""Chance that can be repeated: a stream of its own for every purpose and day.

Wishes to buy and stages of life are drawn for all customers in their order: two worlds with the same seed and other
decisions meet the same luck in these. Baskets, what happens in visits, and withdrawn consents are drawn for whoever is
there, so they differ for others too once a decision has brought one customer more.
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
