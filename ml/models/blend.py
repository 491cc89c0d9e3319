"""The mean of several candidates' log odds: their mistakes differ, so the mean makes fewer."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from ml.learning.calibration import expit, logit
from ml.learning.metrics import FloatArray
from ml.models import catalogue
from ml.models.contract import Candidate, Recipe
from ml.models.parts import Parts


class Blend(Candidate):
    """Members come with the recipe and count alike. Source: Genest and Zidek 1986, Statistical Science 1(1), the
    logarithmic opinion pool."""

    name = "blend"

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.members: tuple[Candidate, ...] = ()

    @classmethod
    def of(cls, recipe: Recipe, members: Iterable[Candidate]) -> "Blend":
        """A blend of candidates that are fitted already, on the same rows."""
        blend = cls(recipe)
        blend.members = tuple(members)
        blend.columns = blend.members[0].columns
        return blend

    def learn(self, X: pd.DataFrame, y: FloatArray) -> None:
        self.members = tuple(catalogue.make(member).fit(X, y) for member in self.recipe.members)

    def predict(self, X: pd.DataFrame) -> FloatArray:
        return pool([member.predict(X) for member in self.members])

    def contributions(self, X: pd.DataFrame) -> Parts:
        """The mean of the members' parts, because log odds are what is averaged."""
        told = [member.contributions(X) for member in self.members]
        amounts = np.mean([one.amounts for one in told], axis=0)
        return Parts(amounts, float(np.mean([one.base for one in told])))

    def importance(self) -> dict[str, float]:
        """The mean over members that know the notion."""
        known = [found for member in self.members if (found := member.importance())]
        names = sorted({name for found in known for name in found})
        return {name: sum(found.get(name, 0) for found in known) / len(known) for name in names}

    def write(self, folder: Path) -> None:
        for member in self.members:
            member.save(folder / member.name)

    def read(self, folder: Path) -> None:
        self.members = tuple(
            catalogue.load(member.candidate, folder / member.candidate) for member in self.recipe.members
        )


def pool(probabilities: list[FloatArray]) -> FloatArray:
    """The probability of the mean log odds.

    >>> pool([np.array([0.2]), np.array([0.8])]).round(6).tolist()
    [0.5]
    """
    return expit(np.mean([logit(one) for one in probabilities], axis=0))
