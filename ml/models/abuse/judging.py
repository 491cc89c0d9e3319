"""Candidates are judged on verdicts that came later, or, without any, on rings planted among the shop's own customers.

A planted ring is a device shared by customers who use most offers or stock up most; beside it as many customers drawn
from all others share one as a family does. Nobody's behaviour is invented. It tells whether a candidate ranks the one
above the other better than the floor does, not which of several finds most real rings: there a parameter names who is
asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from ml.learning.metrics import FloatArray
from ml.models.abuse.activity import Activity, IntArray
from ml.models.abuse.behaviour import Windows, measure_behaviour
from ml.models.abuse.linking import link_accounts
from ml.models.model import Model
from warehouse.errors import NotAvailable

GROUP, MOST_GROUPS, HUNGRY = 5, 40, 0.05


@dataclass(frozen=True)
class Judged:
    """An activity with places (k) of the customers it is judged on and whether each abuses offers (k)."""

    activity: Activity
    places: IntArray
    truth: FloatArray
    method: str
    is_planted: bool


def open_judgement(earlier: Activity, whole: Activity, least_verdicts: int, seed: int) -> Judged:
    """Verdicts given since the earlier day where there are enough of both kinds, else planted rings.

    Raises NotAvailable where too few customers have bought to plant two rings and two families.
    """
    later = whole.verdicts()
    later[np.isfinite(earlier.verdicts())] = np.nan
    if min((later == 1).sum(), (later == 0).sum()) >= least_verdicts:
        places = np.flatnonzero(np.isfinite(later))
        return Judged(earlier, places, later[places], "later verdicts of reviewers", is_planted=False)
    return plant(whole, seed)


def plant(activity: Activity, seed: int) -> Judged:
    """Rings and families of five among customers who have bought and share nothing."""
    behaviour = measure_behaviour(activity, Windows())
    component, _ = link_accounts(activity, len(activity.customers))
    alone = np.bincount(component, minlength=1)[component] == 1
    buyers = np.flatnonzero(alone & (behaviour["order_count"].to_numpy() > 0))
    most = [
        buyers[np.argsort(-behaviour[name].to_numpy()[buyers], kind="stable")[: int(HUNGRY * len(buyers))]]
        for name in ("redemption_count", "stock_count")
    ]
    hungry = np.union1d(*most)
    groups = min(len(hungry) // GROUP, MOST_GROUPS)
    if groups < 2:
        raise NotAvailable("too few customers have bought to judge who looks for abuse")
    chance = np.random.default_rng(seed)
    rings = chance.permutation(hungry)[: groups * GROUP]
    families = chance.permutation(np.setdiff1d(buyers, hungry))[: groups * GROUP]
    places = np.concatenate([rings, families])
    device = [f"planted {one // GROUP}" for one in range(len(places))]
    names = np.array(activity.customers, dtype=object)[places]
    links = pd.DataFrame({"customer": names, "kind": "device", "value": device})
    truth = np.repeat([1.0, 0.0], [len(rings), len(families)])
    planted = replace(activity, links=pd.concat([activity.links, links], ignore_index=True))
    method = "planted rings against planted families, for want of verdicts"
    return Judged(planted, places, truth, method, is_planted=True)


def rank_losses(models: Mapping[str, Model[Activity]], judged: Judged) -> dict[str, FloatArray]:
    """(whether a customer abuses offers - share of the judged who score lower)², (k) by candidate; ties count half."""
    losses = {}
    for name, model in models.items():
        score = model.score(judged.activity)["score"].to_numpy(float)[judged.places]
        losses[name] = (judged.truth - (rankdata(score) - 0.5) / len(score)) ** 2
    return losses
