"""What codes in tables are called on the page."""

import re

STATUSES = {
    "offered": "Offered",
    "holdout": "Held out for comparison",
    "no_profitable_offer": "No profitable offer",
    "no_consent": "No consent to contact",
    "contact_limit": "Contacted enough lately",
    "not_eligible": "Not eligible",
    "fraud_review": "Under fraud review",
    "budget_exhausted": "Money for today used up",
}

MEANINGS = {
    "offered": "Gets at least one offer",
    "holdout": "Drawn by lot to get nothing, or nothing of a campaign, for comparison",
    "no_profitable_offer": "Every offer would be expected to cost more than it brings",
    "no_consent": "Did not agree to be contacted",
    "contact_limit": "Got as many messages lately as the limit allows",
    "not_eligible": "No running offer is open to this customer",
    "fraud_review": "A reviewer has to decide first",
    "budget_exhausted": "Suitable offers, but their campaigns' money for today went to others",
}

GATES = {
    "raw": "Raw data",
    "features": "Features",
    "scores": "Scores",
    "decisions": "Decisions",
}

PARTS = {
    "repeat": "Bought regularly",
    "lapsed": "Used to buy",
    "novel": "Never bought before",
}

CANDIDATES = {
    "blend": "Blend of the models",
    "lightgbm": "Boosted trees",
    "logistic_regression": "Logistic regression",
    "decision_tree": "Decision tree",
    "random_forest": "Random forest",
    "base_rate": "Same chance for all",
    "rate_by_rule": "A simple rule",
}
JUDGED = tuple(CANDIDATES)
CANDIDATES |= {
    "popularity": "What most people buy",
    "own_frequency": "Own purchases",
    "decayed_neighbours": "Own and neighbours' purchases",
    "item_cosine": "Similar products",
    "user_cosine": "Similar customers",
    "ease": "EASE, a linear model",
    "implicit_als": "ALS factorisation",
    "truncated_svd": "SVD factorisation",
}


def plain(code: str) -> str:
    """A code nobody named, as words.

    >>> plain("decayed_frequency")
    'Decayed frequency'
    """
    return code.replace("_", " ").strip().capitalize()


def status(code: str) -> str:
    return STATUSES.get(code, plain(code))


def status_meaning(code: str) -> str:
    return MEANINGS.get(code, "")


def gate(code: str) -> str:
    return GATES.get(code, plain(code))


def part(code: str) -> str:
    return PARTS.get(code, plain(code))


def candidate(code: str) -> str:
    """
    >>> candidate("lightgbm"), candidate("ease and item_cosine")
    ('Boosted trees', 'Another method for each part')
    """
    return "Another method for each part" if " and " in code else CANDIDATES.get(code, plain(code))


def with_candidates(text: str) -> str:
    """A sentence of a model card with its codes in words.

    >>> with_candidates("blend is chosen: 0.9, floor 0.8 (rate_by_rule).")
    'Blend of the models is chosen: 0.9, floor 0.8 (a simple rule).'
    """
    codes = "|".join(JUDGED)
    worded = re.sub(rf"\b({codes})\b", lambda found: CANDIDATES[found[0]][0].lower() + CANDIDATES[found[0]][1:], text)
    return worded[:1].upper() + worded[1:]


def campaign(code: str) -> str:
    return f"Campaign {code}"


def column(code: str) -> str:
    return code.replace("_", " ")


def table(code: str) -> str:
    """
    >>> table("features.customers")
    'customers'
    """
    return column(code.split(".")[-1])


METRICS = {"auc": "AUC", "average_precision": "average precision", "recall": "recall"}


def metric(code: str) -> str:
    return METRICS.get(code, plain(code).lower())
