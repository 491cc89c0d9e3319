"""Explain: what the model that decides rests on, in plain words, over a sample of the day's pairs.

Where effects were learned from lots they decide; where none were, the chance that an offer is used does.
"""

from datetime import date

import pandas as pd

from ml import parameters
from ml.decide import as_declared
from ml.deciding.explaining import Deciding, sample_pairs, tell_deciding
from ml.deciding.influences import rank_influences
from warehouse import runs, tables

TABLE = "ml.explanations"


def score(day: date) -> int:
    """Write the day's rows of ml.explanations; none before a model decides, or where there is nobody to decide on."""
    deciding = tell_deciding(day, parameters.load().shop.currency)
    rows = explain(deciding, day) if deciding else pd.DataFrame()
    rows = rows.reindex(columns=list(tables.TABLES[TABLE].columns))
    tables.replace_day(TABLE, day, as_declared(TABLE, rows))
    said = f"{len(rows)} groups of features of {deciding.family}" if deciding else "not available: no champion decides"
    print(f"explanations: {said}", flush=True)
    return len(rows)


def explain(deciding: Deciding, day: date) -> pd.DataFrame:
    keys, features = sample_pairs(day, parameters.load().decide.explained_pairs)
    if features.empty:
        return pd.DataFrame()
    explained = deciding.explain(features, features)
    return rank_influences(explained, keys["customer_id"].tolist()).assign(
        day=day,
        family=deciding.family,
        model_version=deciding.version,
        unit=deciding.unit,
        pair_count=len(features),
        is_observational=deciding.is_observational,
        run_id=runs.run_id(day),
    )
