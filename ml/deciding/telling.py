"""The reasons of every row: of an offer what it is expected to change and what bound it, of a customer the answer.

Where effects were learned they speak; where none were, the sentences tell the response and say that they do.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from ml.deciding.effect_reasons import describe_limits, describe_value
from ml.deciding.obstacles import Answers, best_rows
from ml.deciding.reasons import EXPLORATION

Explainer = Callable[[pd.DataFrame], pd.DataFrame]
ResponseExplainer = Callable[[pd.DataFrame], list[list[str]]]
RESPONSE = "Rests on how customers respond and not on what the offer changes, because nobody drew lots over offers yet"
OBSERVATIONAL = "Chances of having been shown were estimated, because nobody drew lots: a weaker proof"


def tell_assignments(
    assignments: pd.DataFrame, answers: Answers, explain: Explainer, explain_response: ResponseExplainer
) -> list[str]:
    """The reasons of n rows of ml.assignments, which stand in the order of what was assigned.

    `explain` tells of pairs (customer_id, offer_id) why their effect is what it is: sentences (`why`), `effect` on the
    margin in currency with `low` and `high`, and whether it is_observational. `explain_response` tells of pairs whose
    effect nobody knows why the offer is as likely used as it is.
    """
    facts = gather_facts(assignments, answers)
    has_effect = facts["is_effect"].to_numpy(dtype=bool)
    told = assignments["reasons"].astype(object).tolist()
    rest = np.flatnonzero(~has_effect)
    answered = assignments.loc[~has_effect, ["customer_id", "offer_id"]].reset_index(drop=True)
    for place, why in zip(rest.tolist(), explain_response(answered), strict=True):
        told[place] = "; ".join([told[place], *(one.replace(";", ",") for one in why), RESPONSE])
    if has_effect.any():
        explained = explain(assignments.loc[has_effect, ["customer_id", "offer_id"]].reset_index(drop=True))
        rows = facts[has_effect].reset_index(drop=True).join(explained)
        texts = [tell_effect(row, answers) for row in widen(rows, answers).to_dict("records")]
        for place, text in zip(np.flatnonzero(has_effect).tolist(), texts, strict=True):
            told[place] = text
    return told


def widen(rows: pd.DataFrame, answers: Answers) -> pd.DataFrame:
    """The interval of the effect as one of what the offer earns: what is pulled forward off, costs the same."""
    kept = 1 - answers.terms.decide.pull_forward_rate
    low, high = (rows["value"] + (rows[end] - rows["effect"]) * kept for end in ("low", "high"))
    return rows.assign(low=low, high=high)


def tell_effect(fact: dict[Any, Any], answers: Answers) -> str:
    currency = answers.terms.shop.currency
    sentences = [EXPLORATION] if fact["arm"] == "exploration" else []
    sentences += [describe_value(fact, currency), *(fact["why"] if isinstance(fact["why"], list) else [])]
    sentences += describe_limits(fact, currency)
    sentences += [OBSERVATIONAL] if fact["is_observational"] is True else []
    return "; ".join(sentence.replace(";", ",") for sentence in sentences)


def gather_facts(assignments: pd.DataFrame, answers: Answers) -> pd.DataFrame:
    """What the sentences need of each assigned row, beside what the model says."""
    assigned, screened = answers.assigned.reset_index(drop=True), answers.screened
    rows, offer = (assigned[name].to_numpy(dtype=np.int64) for name in ("row", "offer"))
    campaign = screened.world.offers["campaign_id"].to_numpy(dtype=object)[offer]
    price = dict(zip(screened.world.campaigns["campaign_id"], answers.campaign_price, strict=True))
    return pd.DataFrame(
        {
            "is_effect": ~np.isnan(screened.worth.incremental_margin[rows]),
            "value": assigned["value"].astype(float),
            "cost": assigned["cost"].astype(float),
            "arm": assignments["arm"].to_numpy(),
            "campaign_id": campaign,
            "price": [price[one] for one in campaign],
            "is_last_contact": screened.contacts_left[assigned["customer"].to_numpy(dtype=np.int64)] == 1,
            **find_next(answers),
        }
    )


def find_next(answers: Answers) -> dict[str, np.ndarray]:
    """Of each assigned row the customer's best profitable offer that is not assigned, and how far it lies behind."""
    pairs, offers = answers.profitable, len(answers.screened.world.offers)
    assigned = answers.assigned
    customer, offer = (assigned[name].to_numpy(dtype=np.int64) for name in ("customer", "offer"))
    is_left = ~np.isin(pairs.customer * offers + pairs.offer, customer * offers + offer)
    best = best_rows(pairs.customer, pairs.value, is_left, len(answers.screened.world.customers))[customer]
    has_next = best >= 0
    titles = np.full(len(customer), "", dtype=object)
    ahead = np.full(len(customer), np.nan)
    titles[has_next] = answers.titles[pairs.offer[best[has_next]]]
    ahead[has_next] = assigned["value"].to_numpy(dtype=float)[has_next] - pairs.value[best[has_next]]
    return {"next_title": titles, "ahead": ahead}
