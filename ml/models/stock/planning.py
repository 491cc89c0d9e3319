"""What to order, hold and clear of each product, from a plain frame in one call."""

import numpy as np
import pandas as pd

from ml.models.contract import Recipe
from ml.models.stock.catalogue import CATALOGUE
from ml.models.stock.economics import clear_units, newsvendor_rate, promotion_stock
from ml.models.stock.policies import Policy
from ml.models.stock.shelf import Shelf

ORDER, CLEAR, KEEP = "order", "clear", "keep"
SEASON_DAYS = 28  # a season of the newsvendor is the horizon of the forecasts


def plan_stock(
    frame: pd.DataFrame, service: float = 0.95, policy: str = "fill_rate", most_days: float = 180
) -> pd.DataFrame:
    """Levels and actions (units) of each product; `service` is the share of units asked for that is to be served.

    `frame` has unique_id, mean and variance (units a day), lead_days and lead_sd (days), price and cost (currency a
    unit); and, where known, holding (currency a unit and day), salvage (currency a unit), on_hand, on_order, extra
    (units that planned promotions are expected to sell on top until the next receipt) and doubt (units a day the mean
    is off for weeks). What lasts longer than `most_days` is cleared. BadInput for a frame or a policy that is none.

    >>> tea = pd.DataFrame({"unique_id": ["tea"], "mean": [2.0], "variance": [3.0], "lead_days": [5.0]})
    >>> tea = tea.assign(lead_sd=0.0, price=4.0, cost=3.0, on_hand=6.0)
    >>> plan_stock(tea)[["action", "order_units", "reorder_level", "order_up_to"]].values.tolist()
    [['order', 35.0, 9.0, 41.0]]
    """
    made: Policy = CATALOGUE.make(Recipe(policy))  # type: ignore[assignment]
    return plan(Shelf(frame, service), made, most_days)


def plan(shelf: Shelf, policy: Policy, most_days: float) -> pd.DataFrame:
    """A row per product: what to do, and levels with what a promotion needs on top of them (units)."""
    found = policy.score(shelf)
    promotion = promotion_stock(shelf, shelf.column("extra"), shelf.service)
    reorder, upto = (found[name].to_numpy(float) + promotion for name in ("reorder_level", "order_up_to"))
    position = shelf.column("on_hand") + shelf.column("on_order")
    order = np.where(position <= reorder, np.maximum(upto - position, 0), 0)
    clear = np.where(order > 0, 0, clear_units(shelf, most_days))
    rate = newsvendor_rate(shelf.column("price"), shelf.column("cost"), shelf.salvage, np.zeros(len(order)))
    season = shelf.daily.during(np.full(len(order), float(SEASON_DAYS))).quantile(rate)
    return pd.DataFrame(
        {
            "unique_id": found["unique_id"],
            "action": np.where(order > 0, ORDER, np.where(clear > 0, CLEAR, KEEP)),
            "order_units": order,
            "clear_units": clear,
            "promotion_units": promotion,
            "safety_stock": found["safety_stock"],
            "reorder_level": reorder,
            "order_up_to": upto,
            "expected_fill_rate": found["expected_fill_rate"],
            "newsvendor_rate": rate,
            "season_units": season,
        }
    )
