"""How well elasticities tell the units of held-out weeks, and of a simulated shop whose truth is known."""

from datetime import date

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.price.elasticity import Elasticity
from ml.models.price.poisson import deviances, expect
from ml.models.price.weeks import Weeks, place_of


def held_out_losses(model: Elasticity, weeks: Weeks, opened: date) -> pd.Series:
    """Mean Poisson deviance of units by product over the weeks from `opened`, none of which the model has seen.

    Judged is how a product's units of these weeks spread over them: its level there is told, because levels move by
    season more than by prices, and so is what the rest of the shop sold. Only the answer to prices differs between
    candidates. Products whose prices are not known are left out: of those only weeks with a sale have a price, and
    such weeks say that units are many. Index unique_id.
    """
    is_late = (weeks.frame["ds"] >= pd.Timestamp(opened)).to_numpy() & weeks.is_steady(model.setting("min_units"))
    sold = np.bincount(weeks.product, weights=weeks.units * is_late)[weeks.product] > 0
    judged = np.flatnonzero(is_late & sold)
    pull = np.log(price_pull(model, weeks)) + weeks.controls[:, weeks.control_names.index("rest_of_shop")]
    names = weeks.frame["unique_id"].iloc[judged]
    expected = expect(pull[judged], weeks.units[judged], place_of(names))
    return pd.Series(deviances(weeks.units[judged], expected)).groupby(names.to_numpy()).mean()


def price_pull(model: Elasticity, weeks: Weeks) -> FloatArray:
    """Units (n) at each row's price over those at the product's mean price and a usual category index."""
    assumed = model.assumed(weeks).set_index("unique_id")
    own, cross = (assumed[name].reindex(weeks.frame["unique_id"]).to_numpy(float) for name in ("own", "cross"))
    others = (weeks.index - weeks.share * weeks.own) / np.maximum(1 - weeks.share, 1e-6)
    return np.asarray(np.exp(own * weeks.own + cross * np.where(weeks.share < 1, others, 0.0)), dtype=float)
