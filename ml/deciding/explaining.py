"""What the day's deciding champions say of pairs, read from their files and the day's features."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd
import pyarrow as pa

from ml.deciding.contributions import Explained
from ml.deciding.effect_reasons import explain_effects
from ml.deciding.telling import Explainer, ResponseExplainer
from ml.deciding.world import REDEMPTION
from ml.effects import EFFECTS
from ml.learning import registry
from ml.learning.effects_panel import FAMILY
from ml.learning.families import OFFER_EFFECT
from ml.learning.panel import as_frame, order, select_features
from ml.models.predictor import Predictor
from ml.models.uplift.model import UpliftModel
from warehouse.connection import reading

BACKGROUND_ROWS = 20_000  # pairs that show what is usual and which features go together
ROWS_AT_ONCE = 50_000  # their features and contributions are held in memory
KEYS = ["customer_id", "offer_id"]
OF_PAIRS = """
    semi join assigned_pairs as assigned
        on feature.customer_id = assigned.customer_id and feature.offer_id = assigned.offer_id
    where feature.day = $day
"""
ANY_PAIRS = "where feature.day = $day order by md5(concat(feature.customer_id, feature.offer_id)) limit {most}"
POINTS = "percentage points"
EFFECT = {"effect_margin": "effect", "effect_margin_low": "low", "effect_margin_high": "high"}


@dataclass(frozen=True)
class Deciding:
    """The model that decides on a day: `explain` takes features of pairs, and of others to compare with."""

    family: str
    version: str
    unit: str
    is_observational: bool
    explain: Callable[[pd.DataFrame, pd.DataFrame], Explained]


def tell_deciding(day: date, currency: str) -> Deciding | None:
    """Effects where they were learned from lots, else the chance that an offer is used; None before either."""
    champion = registry.champion_for(OFFER_EFFECT, day)
    if champion is None:
        return tell_response(day)
    model = UpliftModel.load(registry.files_of(OFFER_EFFECT, champion.version) / EFFECTS)

    def explain(features: pd.DataFrame, background: pd.DataFrame) -> Explained:
        known = model.known(features)
        return Explained(model.contributions(known), known, model.known(background))

    unit = f"{currency} of margin per offer"
    return Deciding(OFFER_EFFECT, champion.version, unit, model.is_observational, explain)


def tell_response(day: date) -> Deciding | None:
    champion = registry.champion_for(REDEMPTION, day)
    if champion is None:
        return None
    predictor = Predictor.load(registry.files_of(REDEMPTION, champion.version))

    def explain(features: pd.DataFrame, background: pd.DataFrame) -> Explained:
        return Explained(100 * predictor.contributions(features), features, background)

    return Deciding(REDEMPTION, champion.version, f"{POINTS} of the chance of use", True, explain)


def response_explainer_of(day: date, currency: str) -> ResponseExplainer:
    """Sentences on the chance that an offer is used, by the champion of the day; none where there is no champion."""
    response = tell_response(day)
    return (lambda pairs: explain_answers(response, pairs, day, currency)) if response else say_nothing


def say_nothing(pairs: pd.DataFrame) -> list[list[str]]:
    return [[] for _ in range(len(pairs))]


def explain_answers(response: Deciding, pairs: pd.DataFrame, day: date, currency: str) -> list[list[str]]:
    """For n pairs (customer_id, offer_id) the sentences on their chance of use, in order."""
    background = sample_pairs(day, BACKGROUND_ROWS)[1] if len(pairs) else pd.DataFrame()
    told: list[list[str]] = []
    for start in range(0, len(pairs), ROWS_AT_ONCE):
        part = pairs[KEYS].astype(object).iloc[start : start + ROWS_AT_ONCE]
        keys, features = read_features(f"{OF_PAIRS} order by {order(FAMILY)}", part, day)
        sentences = explain_effects(response.explain(features, background), currency, POINTS)
        found = keys.assign(why=pd.Series(sentences, dtype=object))
        told += part.merge(found, "left", KEYS, validate="one_to_one")["why"].tolist()
    return told


def sample_pairs(day: date, most: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keys and features of at most so many of the day's pairs, drawn by a hash of their keys."""
    return read_features(ANY_PAIRS.format(most=most), pd.DataFrame(columns=KEYS), day)


def explainer_of(day: date, currency: str) -> Explainer:
    """Explains pairs by the champion of the day; says nothing where there is none."""
    champion = registry.champion_for(OFFER_EFFECT, day)
    if champion is None:
        return explain_nothing
    model = UpliftModel.load(registry.files_of(OFFER_EFFECT, champion.version) / EFFECTS)
    return lambda pairs: explain_pairs(model, pairs, day, currency)


def explain_nothing(pairs: pd.DataFrame) -> pd.DataFrame:
    """For each pair nothing: no sentences (`why`), no effect, no interval."""
    nothing: list[list[str]] = [[] for _ in range(len(pairs))]
    unknown = dict.fromkeys(EFFECT.values(), float("nan"))
    return pd.DataFrame({"why": pd.Series(nothing, dtype=object), "is_observational": False, **unknown})


def explain_pairs(model: UpliftModel, pairs: pd.DataFrame, day: date, currency: str) -> pd.DataFrame:
    """For n pairs (customer_id, offer_id) the sentences on their effect and the effect with its interval, in order."""
    background = model.known(sample_pairs(day, BACKGROUND_ROWS)[1])
    parts = [pairs.iloc[start : start + ROWS_AT_ONCE] for start in range(0, len(pairs), ROWS_AT_ONCE)]
    told = [explain_part(model, part, background, day, currency) for part in parts]
    return pd.concat(told, ignore_index=True) if told else explain_nothing(pairs)


def explain_part(
    model: UpliftModel, pairs: pd.DataFrame, background: pd.DataFrame, day: date, currency: str
) -> pd.DataFrame:
    keys, features = read_features(f"{OF_PAIRS} order by {order(FAMILY)}", pairs, day)
    features = model.known(features)
    effects = model.effects(features).rename(columns=EFFECT)[list(EFFECT.values())]
    explained = Explained(model.contributions(features), features, background)
    why = pd.Series(explain_effects(explained, currency), dtype=object)
    told = keys.assign(why=why, is_observational=model.is_observational)
    told = pd.concat([told, effects], axis=1)
    return pairs[KEYS].astype(object).merge(told, "left", KEYS, validate="one_to_one").drop(columns=KEYS)


def read_features(condition: str, pairs: pd.DataFrame, day: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keys and features of some of the day's pairs; the condition may speak of `assigned_pairs`."""
    with reading() as connection:
        connection.register("assigned_pairs", pa.Table.from_pandas(pairs[KEYS].astype(str), preserve_index=False))
        sql = f"{select_features(FAMILY).format(more='')} {condition}"
        frame = as_frame(connection.execute(sql, {"day": day}).to_arrow_table())
    keys = frame[["customer_id", "subject_id"]].astype(object).set_axis(KEYS, axis=1)
    return keys, frame.drop(columns=["day", "customer_id", "subject_id"])
