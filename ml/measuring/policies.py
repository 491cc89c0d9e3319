"""What other policies would have earned on the customers over whom lots were drawn (ml/measuring/off_policy.py)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.allocation import FloatArray, IntArray
from ml.measuring.decision_log import Log
from ml.measuring.effects import COVARIATES, MARGIN, NOT_FOLLOWED
from ml.measuring.off_policy import Evaluation, Limits, compare_policies, evaluate

NOTHING, LOGGED, UNIFORM, PLAN = "nothing", "as decided", "uniform", "plan without exploration"
PROPENSITY, EFFECT = "propensity", "effect"
CHOSEN = {PROPENSITY: "propensity_offer", EFFECT: "effect_offer"}  # who takes the best offer by which score
FOLDS = 5
ONLY_PLANNED = "Of customers with a plan on the day: the others are on the log only where they explored."
RIDGE = 50.0  # as many decisions at the mean keep a kind of offer with few of them from its chance results
COLUMNS = [
    "origin", "policy", "estimator", "value", "low", "high", "gain", "gain_low", "gain_high", "effective_count",
    "decision_count", "customers", "refusal", "caveat",
]  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A policy over n logged decisions: its chance of the action taken, and what a model expects of its own actions.

    `expected` (currency) is not known where the log does not say what the policy would have done instead.
    """

    name: str
    chance: FloatArray
    expected: FloatArray | None


def value_policies(decisions: pd.DataFrame, limits: Limits, confidence: float) -> pd.DataFrame:
    """One row per origin, policy and estimator: value per decision in currency, and gain over showing nothing.

    `decisions` is what `find_decisions` gives. Reward is margin less discounts, and what follows where that is over.
    Where the log cannot answer the value is not a number and `refusal` says why.
    """
    rows = [
        {"origin": origin} | found
        for origin, own in decisions.groupby("origin", sort=True)
        for found in value_origin(own.reset_index(drop=True), limits, confidence)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def find_decisions(units: pd.DataFrame, choices: pd.DataFrame) -> pd.DataFrame:
    """The decisions of which one offer was the whole: customer and day, what was done, its chance, and the reward.

    Of several offers for a customer on a day the log says together what they did, not each; those days are left out.
    So are customers without a plan (`is_idle`): they are on the log only where they explored, so that the logged
    chances, which hold the rate of exploring, do not sum to 1 over what is logged of them.
    `choices` holds per customer and first_day what other policies would have taken (queries/choices.sql).
    """
    offers = units[(units["offer_id"] != "") & units["is_closed"] & ~units["is_idle"].astype(bool)]
    alone = ~offers.duplicated(["origin", "customer_id", "first_day"], keep=False)
    known = offers[alone].merge(choices, how="left", on=["customer_id", "first_day"])
    shown = known["is_shown"].to_numpy(dtype=bool)
    followed = known["is_followed_up"].to_numpy(dtype=bool)
    reward = known[list(MARGIN)].sum(axis=1) - known["cost"] + known["followup_margin"].where(followed, 0.0)
    return known.assign(
        action=known["offer_id"].where(shown, ""),
        kind=known["offer_type"].fillna("").where(shown, NOTHING),
        logged=np.where(shown, known["assignment_probability"], 1 - known["shown_probability"]),
        reward=reward.astype(float),
    ).reset_index(drop=True)


def value_origin(decisions: pd.DataFrame, limits: Limits, confidence: float) -> Iterator[dict]:
    """Every policy that can be asked about by every estimator that can answer, each beside showing nothing."""
    model = predict_rewards(decisions)
    own = model.to_numpy()[np.arange(len(model)), model.columns.get_indexer(pd.Index(decisions["kind"]))]
    targets = list(name_targets(decisions, model))
    logs = {target.name: as_log(decisions, target, own) for target in targets}
    for target in targets:
        for estimator in ("ips", "snips", *(() if target.expected is None else ("dr", "switch_dr"))):
            found = evaluate(logs[target.name], estimator, limits, confidence)
            both = logs[target.name], logs[NOTHING]
            by = {"switch_dr": "dr"}.get(estimator, estimator)  # switching leaves out other rows for every policy
            gain = compare_policies(*both, by, limits, confidence) if found.is_reported else found
            yield {"policy": target.name} | describe(found, gain, decisions)


def name_targets(decisions: pd.DataFrame, model: pd.DataFrame) -> Iterator[Target]:
    shown = decisions["is_shown"].to_numpy(dtype=bool)
    yield Target(NOTHING, (~shown).astype(float), model[NOTHING].to_numpy())
    yield Target(LOGGED, decisions["logged"].to_numpy(dtype=float), None)
    yield uniform_target(decisions, model)
    planned = decisions["chosen_by"].eq("treatment").to_numpy()
    if planned.any():
        yield Target(PLAN, (shown & planned).astype(float), None)
    for name, column in CHOSEN.items():
        if decisions[column].notna().any():
            yield chosen_target(name, decisions, decisions[column], model)


def uniform_target(decisions: pd.DataFrame, model: pd.DataFrame) -> Target:
    """Each offer that was drawn on the day, shown or withheld, with equal chance."""
    number = decisions.groupby("first_day")["offer_id"].transform("nunique").to_numpy(dtype=float)
    kinds = decisions.groupby("first_day")["offer_type"].agg(lambda drawn: list(drawn.fillna("").unique()))
    expected = np.full(len(decisions), np.nan)
    for day, names in kinds.items():
        rows = (decisions["first_day"] == day).to_numpy()
        expected[rows] = model.loc[rows].reindex(columns=names).mean(axis=1).to_numpy()
    chance = np.where(decisions["is_shown"].to_numpy(dtype=bool), 1 / number, 0.0)
    return Target(UNIFORM, chance, expected if np.isfinite(expected).all() else None)


def chosen_target(name: str, decisions: pd.DataFrame, chosen: pd.Series, model: pd.DataFrame) -> Target:
    """The best offer by some score; where nothing was scored that day, nothing is shown."""
    wanted = chosen.fillna("")
    kinds = dict(zip(decisions["offer_id"], decisions["offer_type"].fillna(""), strict=True))
    kind = wanted.map(lambda offer: kinds.get(offer, NOTHING) if offer else NOTHING)
    place = model.columns.get_indexer(pd.Index(kind))
    expected = model.to_numpy()[np.arange(len(model)), np.maximum(place, 0)]
    return Target(
        name,
        decisions["action"].eq(wanted).to_numpy(dtype=bool).astype(float),
        expected if (place >= 0).all() else None,
    )


def predict_rewards(decisions: pd.DataFrame) -> pd.DataFrame:
    """Expected reward of each row under each kind of offer and under nothing, by models that did not see the customer.

    Ridge regression on the kind and on what the customer bought before; five parts of the customers.
    """
    kinds = sorted(decisions["kind"].unique())
    own = pd.Categorical(decisions["kind"], categories=kinds).codes.astype(np.int64)
    before = decisions[COVARIATES].to_numpy(dtype=float)
    before = (before - before.mean(axis=0)) / np.maximum(before.std(axis=0), 1e-9)
    fold = pd.util.hash_array(decisions["customer_id"].to_numpy(dtype=object)) % FOLDS
    reward, predicted = decisions["reward"].to_numpy(dtype=float), np.zeros((len(decisions), len(kinds)))
    for part in range(FOLDS):
        rows = fold == part
        mean, level, slopes = fit_rewards(own[~rows], before[~rows], reward[~rows], len(kinds))
        predicted[rows] = mean + (before[rows] @ slopes)[:, None] + level
    frame = pd.DataFrame(predicted, columns=kinds)
    return frame if NOTHING in frame else frame.assign(**{NOTHING: 0.0})


def fit_rewards(
    kind: IntArray, before: FloatArray, reward: FloatArray, kinds: int
) -> tuple[float, FloatArray, FloatArray]:
    """Mean, deviation of each kind (shrunk), and slopes of what was bought before."""
    mean = float(reward.mean()) if len(reward) else 0.0
    slopes = np.asarray(np.linalg.lstsq(before, reward - mean, rcond=None)[0], dtype=float)
    rest = reward - mean - before @ slopes
    level: FloatArray = np.bincount(kind, rest, kinds) / (np.bincount(kind, minlength=kinds) + RIDGE)
    return mean, level, slopes


def as_log(decisions: pd.DataFrame, target: Target, own: FloatArray) -> Log:
    units = pd.factorize(decisions["customer_id"])[0].astype(np.int64)
    given = decisions["reward"].to_numpy(dtype=float), decisions["logged"].to_numpy(dtype=float)
    return Log(*given, target.chance, units, None if target.expected is None else own, target.expected)


def describe(found: Evaluation, gain: Evaluation, decisions: pd.DataFrame) -> dict:
    open_ends = "" if decisions["is_followed_up"].all() else NOT_FOLLOWED
    population = ONLY_PLANNED if decisions["origin"].eq("platform").any() else ""
    return {
        "estimator": found.estimator,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "gain": gain.value if gain.is_reported else np.nan,
        "gain_low": gain.low if gain.is_reported else np.nan,
        "gain_high": gain.high if gain.is_reported else np.nan,
        "effective_count": found.effective_count,
        "decision_count": found.row_count,
        "customers": found.unit_count,
        "refusal": found.refusal,
        "caveat": " ".join(text for text in (found.caveat, population, open_ends) if text),
    }
