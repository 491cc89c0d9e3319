"""What the day's champion of effects says of the assigned pairs, read from its files and the day's features."""

from datetime import date

import pandas as pd
import pyarrow as pa

from ml.deciding.contributions import Explained
from ml.deciding.effect_reasons import explain_effects
from ml.deciding.telling import Explainer
from ml.effects import EFFECTS
from ml.learning import registry
from ml.learning.effects_panel import FAMILY
from ml.learning.families import OFFER_EFFECT
from ml.learning.panel import as_frame, order, select_features
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
EFFECT = {"effect_margin": "effect", "effect_margin_low": "low", "effect_margin_high": "high"}


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
    background = model.known(read_features(ANY_PAIRS.format(most=BACKGROUND_ROWS), pairs, day)[1])
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
