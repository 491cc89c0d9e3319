"""Where an effect comes from and where it goes: in scope, in the rest of the basket, and in the weeks after."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.measuring.comparison import DEFAULT, Choices
from ml.measuring.lift import Lift, estimate_lift

IN_SCOPE, REST, FOLLOWUP, NET = "in_scope", "rest", "followup", "net"


@dataclass(frozen=True)
class NetEffect:
    """Effects on the parts of an amount, which sum to `net`.

    `in_scope` is what the offer was for; `rest` everything else bought in the window: halo where positive,
    cannibalisation where negative; `followup` the window after: pulled forward where negative.
    """

    in_scope: Lift
    rest: Lift
    followup: Lift
    net: Lift

    @property
    def words(self) -> str:
        """What can be said of the parts at their confidence."""
        rest = "halo" if self.rest.value > 0 else "cannibalisation"
        after = "bought more later too" if self.followup.value > 0 else "pulled forward"
        said = [word for word, part in ((rest, self.rest), (after, self.followup)) if part.is_significant]
        return ", ".join(said) or "no halo, cannibalisation or pull-forward to be told from chance"


def decompose_effect(
    parts: Mapping[str, npt.ArrayLike],
    treated: npt.ArrayLike,
    covariates: npt.ArrayLike | None = None,
    probability: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    confidence: float = 0.95,
    choices: Choices = DEFAULT,
) -> NetEffect:
    """The effect on each of in_scope, rest and followup (n amounts each, one currency) and on their sum.

    Every part is estimated with the same arms, covariates and weights by a method linear in the amount, so the values
    sum to the net; the intervals do not, because parts err together. Arguments otherwise as of `estimate_lift`. Raises
    ValueError where a part is missing or where cutting large amounts would break the sum.

    >>> parts = {"in_scope": [5.0, 4.0, 0.0, 1.0], "rest": [0.0, 1.0, 2.0, 2.0], "followup": [1.0, 1.0, 1.0, 1.0]}
    >>> effect = decompose_effect(parts, [True, True, False, False])
    >>> effect.in_scope.value, effect.rest.value, effect.followup.value, effect.net.value
    (4.0, -1.5, 0.0, 2.5)
    """
    if set(parts) != {IN_SCOPE, REST, FOLLOWUP}:
        raise ValueError(f"the parts are {IN_SCOPE}, {REST} and {FOLLOWUP}, not {', '.join(sorted(parts))}")
    if choices.winsor_rate:
        raise ValueError("cutting the largest amounts of each part would break their sum")
    amounts = {name: np.asarray(parts[name], dtype=float) for name in (IN_SCOPE, REST, FOLLOWUP)}
    amounts[NET] = np.sum(list(amounts.values()), axis=0)
    given = (treated, covariates, probability, cluster, confidence, choices)
    return NetEffect(*(estimate_lift(amount, *given) for amount in amounts.values()))
