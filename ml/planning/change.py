"""Another budget, discount or audience of a campaign, put on a morning that is otherwise as it is."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ml.allocation import FloatArray
from ml.deciding.screen import Screened
from ml.deciding.value import DECIMALS, Worth
from ml.deciding.world import World
from warehouse.errors import BadInput


@dataclass(frozen=True)
class Change:
    """What is asked: a campaign (None for all), its budget (currency), discount (as its offers state it), audience."""

    campaign: str | None = None
    budget: float | None = None
    discount: float | None = None
    audience: str | None = None

    @property
    def name(self) -> str:
        """A name for files.

        >>> Change("w026-A", budget=500.0, audience="lapsed").name
        'w026-A-budget-500-audience-lapsed'
        """
        given = [("budget", self.budget), ("discount", self.discount), ("audience", self.audience)]
        words = [
            f"{word}-{value:g}" if isinstance(value, float) else f"{word}-{value}" for word, value in given if value
        ]
        return "-".join([self.campaign or "all-campaigns", *words])

    @property
    def in_words(self) -> str:
        """
        >>> Change("w026-A", discount=15.0).in_words
        'Campaign w026-A with a discount of 15'
        """
        given = {"a budget of": self.budget, "a discount of": self.discount, "the audience": self.audience}
        words = [
            f"{word} {value:g}" if isinstance(value, float) else f"{word} {value}"
            for word, value in given.items()
            if value
        ]
        campaign = f"Campaign {self.campaign}" if self.campaign else "All campaigns"
        return f"{campaign} with {' and '.join(words)}" if words else f"{campaign} as they are"


def is_meant(change: Change, campaign_ids: pd.Series) -> np.ndarray:
    """Which campaigns or offers the change is for; raises BadInput where there is none."""
    if change.campaign is None:
        return np.ones(len(campaign_ids), dtype=bool)
    meant = campaign_ids.eq(change.campaign).to_numpy(dtype=bool)
    if not meant.any():
        running = ", ".join(sorted(set(campaign_ids)))
        raise BadInput(f"no campaign {change.campaign} can be planned on this day; there are {running}")
    return meant


def change_world(world: World, change: Change, multiple: float = 1.0) -> World:
    """The morning with the change, and the budgets it is for times `multiple`."""
    campaigns, offers = world.campaigns.copy(), world.offers.copy()
    meant = is_meant(change, campaigns["campaign_id"])
    if change.budget is not None:
        campaigns.loc[meant, "budget"] = change.budget
    campaigns.loc[meant, "budget"] *= multiple
    own = is_meant(change, offers["campaign_id"])
    if change.audience is not None:
        offers.loc[own, "audience"] = change.audience
    return replace(world, campaigns=campaigns, offers=offers)


def discount_rates(world: World, change: Change) -> FloatArray:
    """The new discount of each offer over its own; 1 for those that keep theirs."""
    own = world.offers["discount_value"].astype(float).to_numpy()
    if change.discount is None:
        return np.ones(len(own))
    rate = np.divide(change.discount, own, out=np.ones(len(own)), where=own > 0)
    return np.where(is_meant(change, world.offers["campaign_id"]), rate, 1.0)


def reprice(screened: Screened, rates: FloatArray) -> Screened:
    """The pairs with discounts times `rates` (per offer), with the care of ml/deciding/thresholds.py.

    The response to depth is taken to be monotone and concave: a shallower discount keeps at least its share of what the
    offer brings, a deeper one at least all of it, and is used at most so much more often.
    """
    rate = rates[screened.pairs.offer]
    return replace(screened, worth=reprice_worth(screened.worth, rate)) if (rate != 1).any() else screened


def reprice_worth(worth: Worth, rate: FloatArray) -> Worth:
    cost = worth.expected_cost * rate * np.maximum(1.0, rate)
    return replace(
        worth,
        face_value=worth.face_value * rate,
        expected_cost=cost.round(DECIMALS),
        expected_margin=reprice_margin(worth.expected_margin, worth.expected_cost, cost, rate),
        incremental_margin=reprice_margin(worth.incremental_margin, worth.expected_cost, cost, rate),
    )


def reprice_margin(margin: FloatArray, before: FloatArray, cost: FloatArray, rate: FloatArray) -> FloatArray:
    """What n offers bring after their new cost (currency); what an offer spoils it spoils at any discount.

    >>> reprice_margin(np.array([1.0, 1.0]), np.array([1.0, 1.0]), np.array([0.5, 4.0]), np.array([0.5, 2.0])).tolist()
    [0.5, -2.0]
    """
    brought = margin + before
    return (np.where(brought > 0, brought * np.minimum(1.0, rate), brought) - cost).round(DECIMALS)
