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
    "none": "Offering nothing",
    "uniform": "Offers by lot",
    "propensity": "Offers to who responds",
    "dr_learner_linear": "Doubly robust learner, linear",
    "ranker": "Boosted ranking of the others' scores",
    "own_rate": "Own rate so far",
    "shop_mean": "The shop's mean",
    "bg_nbd_gamma_gamma": "BG/NBD and Gamma-Gamma",
    "one_segment": "One segment for all",
    "rfm": "RFM",
    "kmeans": "K-means",
    "naive": "Naive forecast",
    "seasonal_naive": "Seasonal naive forecast",
    "moving_average": "Moving average",
    "ses": "Exponential smoothing",
    "ar": "Autoregression",
    "arima": "ARIMA",
    "lstm": "LSTM",
    "logistic_hazard": "Logistic hazard",
    "silence_rate": "Rate by days of silence",
    "period_rate": "Rate by days ahead",
    "stays": "Staying put",
    "markov": "Markov chain",
    "markov_by_habit": "Markov chain by habit",
    "shop_rate": "The shop's rates",
    "shrunk_rates": "Own rates, shrunk",
    "rules": "Rules",
    "combined": "Rules, links and trees together",
    "mean_days": "Mean demand of so many days",
    "hierarchical": "Partly pooled by category and product",
    "double_ml": "Double machine learning",
    "shop_wide": "One elasticity for the shop",
    "popular": "Products bought often",
    "most_bought": "Bought together most often",
}
CONTESTED = ("rfm", "kmeans", "naive", "ses", "ar", "arima", "lstm", "stays", "markov", "rules", "combined")


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
    >>> with_candidates("ses is chosen: a loss of 0.77 against 0.99 of seasonal_naive.")
    'Exponential smoothing is chosen: a loss of 0.77 against 0.99 of seasonal naive forecast.'
    """
    codes = "|".join([*JUDGED, *CONTESTED])
    worded = re.sub(rf"\b({codes}|[a-z]+(?:_[a-z0-9]+)+)\b", lambda found: inside(candidate(found[0])), text)
    return worded[:1].upper() + worded[1:]


def inside(name: str) -> str:
    """A name as it stands inside a sentence: abbreviations keep their capitals.

    >>> inside("Boosted trees"), inside("A simple rule"), inside("RFM"), inside("K-means"), inside("R learner")
    ('boosted trees', 'a simple rule', 'RFM', 'K-means', 'R learner')
    """
    return name[0].lower() + name[1:] if name[1:2].islower() or name.startswith("A ") else name


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


METRICS = {
    "auc": "AUC",
    "average_precision": "average precision",
    "recall": "recall",
    "policy_value": "value of its policy",
    "value_loss": "deviance of what was spent",
    "segment_loss": "share of differences left unexplained",
    "curve_loss": "surprise at the next order (nats)",
    "brier_loss": "Brier loss",
    "log_loss": "log loss (nats)",
    "rank_loss": "suspects ranked behind others",
    "wrmsse": "WRMSSE",
    "poisson_deviance_loss": "Poisson deviance of units",
    "missed_excess_per_100_baskets": "minus joint purchases above chance per 100 baskets",
    "cost_per_product_and_day": "cost per product and day",
}
SCORES = frozenset({"auc", "average_precision", "recall", "policy_value"})


def is_score(metric: str) -> bool:
    """Whether more is better; of losses, errors and costs less is.

    >>> is_score("auc"), is_score("log_loss"), is_score("wrmsse")
    (True, False, False)
    """
    return metric in SCORES or metric.endswith("_score")


def metric(code: str) -> str:
    return METRICS.get(code, plain(code).lower())
