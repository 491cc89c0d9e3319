"""The score stage: the champions of the day say how likely every customer's responses are."""

from datetime import date
from importlib import import_module

import pyarrow as pa

from ml import parameters
from ml.learning import registry
from ml.learning.families import FAMILIES, Family
from ml.learning.panel import read_scoring
from ml.learning.registry import Version
from ml.models.predictor import Predictor
from warehouse import runs, tables

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
)


def score(day: date) -> None:
    """Replace the day's rows of ml.scores and of every family's own table by those of the day's champions."""
    with runs.stage("score", day) as stage:
        stage.rows = sum(score_family(family, day) for family in FAMILIES)
        stage.rows += sum(import_module(name).score(day) for name in MODULES)


def score_family(family: Family, day: date) -> int:
    """Score one family; without a champion its rows of the day are none."""
    champion = registry.champion_for(family.name, day)
    rows = score_rows(family, day, champion) if champion else no_rows()
    tables.replace_day("ml.scores", day, rows, keys={"family": family.name})
    said = (
        f"{rows.num_rows:,} scores by {champion.candidate} {champion.version}"
        if champion
        else "not available: no champion"
    )
    print(f"{family.name}: {said}", flush=True)
    return int(rows.num_rows)


def score_rows(family: Family, day: date, champion: Version) -> pa.Table:
    panel = read_scoring(family, day)
    if not len(panel):
        return no_rows()
    predictor = Predictor.load(registry.files_of(family.name, champion.version))
    probability = predictor.predict(panel.features, parameters.load().train.threads)
    rows = len(panel)
    return pa.table(
        {
            "day": pa.array([day] * rows, pa.date32()),
            "family": pa.array([family.name] * rows),
            "customer_id": pa.array(panel.keys["customer_id"]).cast(pa.string()),
            "subject_id": pa.array(panel.keys["subject_id"]).cast(pa.string()),
            "score": probability,
            "model_version": pa.array([champion.version] * rows),
            "run_id": pa.array([runs.run_id(day)] * rows),
        }
    )


def no_rows() -> pa.Table:
    kinds = {"date": pa.date32(), "double": pa.float64(), "varchar": pa.string()}
    columns = tables.TABLES["ml.scores"].columns
    return pa.table({column: pa.array([], kinds[kind]) for column, kind in columns.items()})
