"""What segments tell about the weeks to come: the share of customers' differences that they leave unexplained."""

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray


def behaviour(orders: FloatArray, spend: FloatArray) -> FloatArray:
    """Whether, how often and for how much customers came, (n × 3): order or none, √orders, log(1 + spend)."""
    return np.column_stack([orders > 0, np.sqrt(orders), np.log1p(np.clip(spend, 0, None))]).astype(float)


def segment_loss(then: pd.Series, came_then: FloatArray, now: pd.Series, came_now: FloatArray) -> FloatArray:
    """Loss (n) of each customer: squared distance of what came from the mean of the customer's segment one window
    earlier, averaged over the columns of `behaviour` in their standard deviations; 1 is what no segments at all lose.

    `then` and `now` (n) name segments as of two days, `came_…` (n × 3) is the behaviour in the windows after them.

    >>> names, came = pd.Series(["a", "a", "b", "b"]), np.array([[1.0], [1.0], [0.0], [0.0]])
    >>> segment_loss(names, came, names, came).tolist()
    [0.0, 0.0, 0.0, 0.0]
    """
    spread = np.maximum(came_now.std(axis=0), 1e-9)
    means = pd.DataFrame(came_then).groupby(then.to_numpy()).mean()
    expected = means.reindex(now.to_numpy()).fillna(pd.Series(came_then.mean(axis=0))).to_numpy()
    return np.asarray(np.square((came_now - expected) / spread).mean(axis=1), dtype=float)
