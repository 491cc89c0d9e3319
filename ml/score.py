"""The score stage: the champions of the day say how likely every customer's responses are."""

from datetime import date
from importlib import import_module

import pandas as pd
import pyarrow as pa

from ml import parameters
from ml.learning import registry
from ml.learning.families import FAMILIES, Family
from ml.learning.panel import WHOLE, Part, parts_to_score, read_scoring
from ml.learning.registry import Version
from ml.models.predictor import Predictor
from warehouse import runs, tables

WORDS = pa.dictionary(pa.int32(), pa.string())
MODULES = (
    "ml.effects",
    "ml.recommend",
    "ml.value",
    "ml.segments",
    "ml.abuse",
    "ml.demand",
    "ml.stock",
    "ml.churn",
    "ml.life_cycle",
    "ml.channels",
    "ml.price",
    "ml.bundles",
    "ml.explain",
)


def score(day: date) -> None:
    """Replace the day's rows of ml.scores and of every family's own table by those of the day's champions."""
    with runs.stage("score", day) as stage:
        stage.rows = sum(score_family(family, day) for family in FAMILIES)
        stage.rows += sum(import_module(name).score(day) for name in MODULES)


def score_family(family: Family, day: date) -> int:
    """Score one family; without a champion its rows of the day are none."""
    champion = registry.champion_for(family.name, day)
    rows = no_rows()
    if champion:
        rows = pa.concat_tables(score_rows(family, day, champion, part) for part in parts_to_score(family, day))
    tables.replace_day("ml.scores", day, rows, keys={"family": family.name})
    said = (
        f"{rows.num_rows:,} scores by {champion.candidate} {champion.version}"
        if champion
        else "not available: no champion"
    )
    print(f"{family.name}: {said}", flush=True)
    return int(rows.num_rows)


def score_rows(family: Family, day: date, champion: Version, part: Part = WHOLE) -> pa.Table:
    """Rows of one part of the customers; what is the same in all rows, and ids, stand there once."""
    panel = read_scoring(family, day, part)
    if not len(panel):
        return no_rows()
    predictor = Predictor.load(registry.files_of(family.name, champion.version))
    probability = predictor.predict(panel.features, parameters.load().train.threads)
    rows = len(panel)
    return pa.table(
        {
            "day": pa.repeat(pa.scalar(day, pa.date32()), rows),
            "family": repeated(family.name, rows),
            "customer_id": as_words(panel.keys["customer_id"]),
            "subject_id": as_words(panel.keys["subject_id"]),
            "score": probability,
            "model_version": repeated(champion.version, rows),
            "run_id": repeated(runs.run_id(day), rows),
        }
    )


def repeated(word: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), rows), pa.array([word]))


def as_words(ids: pd.Series) -> pa.DictionaryArray:
    return pa.array(ids.astype("category")).cast(WORDS)


def no_rows() -> pa.Table:
    kinds = {"date": pa.date32(), "double": pa.float64(), "varchar": WORDS}
    columns = tables.TABLES["ml.scores"].columns
    return pa.table({column: pa.array([], kinds[kind]) for column, kind in columns.items()})
