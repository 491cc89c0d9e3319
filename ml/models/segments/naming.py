"""Names of segments: what stands out in plain words, and the old name where a segment is still what it was."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from ml.learning.metrics import FloatArray

WORDS = {
    "frequency": ("seldom", "frequent"),
    "basket": ("small baskets", "big baskets"),
    "offer_share": ("pays full price", "buys on offer"),
    "recency": ("here lately", "long absent"),
    "variety": ("few categories", "many categories"),
}
AVERAGE = "average"
STANDS_OUT = 0.35
MOST_WORDS = 3


def name_centres(centres: FloatArray, traits: Sequence[str], taken: Sequence[str] = ()) -> list[str]:
    """A name per centre (k × traits, in interquartile ranges from the median), different from each other and `taken`.

    Up to three traits that lie more than a third of an interquartile range off, in the order of `WORDS`; more where
    two centres would be called the same.

    >>> name_centres(np.array([[1.0, 0.9], [-0.9, 0.1]]), ["frequency", "basket"])
    ['frequent, big baskets', 'seldom']
    """
    names: list[str] = []
    for centre in centres:
        options = [words(centre, traits, most) for most in range(MOST_WORDS, len(traits) + 1)] or [
            words(centre, traits, MOST_WORDS)
        ]
        used = {*names, *taken}
        free = [one for one in options if one not in used]
        names.append(free[0] if free else numbered(options[-1], used))
    return names


def words(centre: FloatArray, traits: Sequence[str], most: int) -> str:
    order = [trait for trait in WORDS if trait in traits]
    off = {trait: float(centre[list(traits).index(trait)]) for trait in order}
    least = STANDS_OUT if most <= MOST_WORDS else 0.0
    told = sorted((trait for trait in order if abs(off[trait]) > least), key=lambda trait: -abs(off[trait]))[:most]
    return ", ".join(WORDS[trait][off[trait] > 0] for trait in order if trait in told) or AVERAGE


def numbered(name: str, used: set[str]) -> str:
    """
    >>> numbered("average", {"average", "average (2)"})
    'average (3)'
    """
    return next(found for number in range(2, len(used) + 3) if (found := f"{name} ({number})") not in used)


def keep_names(
    centres: FloatArray, traits: Sequence[str], old: FloatArray, names: Sequence[str], limit: float
) -> list[str]:
    """Names (k) of new centres: an old centre's, paired one to one at the least distance in all, where it lies within
    `limit` (root mean square of the traits, in interquartile ranges); a name by its profile where not.

    Source: Kuhn (1955), the Hungarian method.

    >>> old, new = np.array([[1.0, 1.0], [-1.0, 0.0]]), np.array([[-0.9, 0.1], [1.1, 1.0], [0.0, 3.0]])
    >>> keep_names(new, ["frequency", "basket"], old, ["the good", "the rare"], limit=0.5)
    ['the rare', 'the good', 'big baskets']
    """
    distance = np.sqrt(np.square(centres[:, None, :] - old[None, :, :]).mean(axis=2))
    pairs = zip(*linear_sum_assignment(distance), strict=True)
    kept = {int(new): names[before] for new, before in pairs if distance[new, before] <= limit}
    fresh = [place for place in range(len(centres)) if place not in kept]
    given = dict(zip(fresh, name_centres(centres[fresh], traits, list(kept.values())), strict=True))
    return [kept.get(place) or given[place] for place in range(len(centres))]
