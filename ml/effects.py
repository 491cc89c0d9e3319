"""Effects: learn what showing an offer changes from what chance showed and withheld, and say it of every pair of a day.

Where nobody drew lots there is no champion, `ml.effects` stays empty, and deciding values the response instead.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ml import parameters
from ml.deciding.pull_forward import decide_terms
from ml.learning import registry
from ml.learning.effects_panel import FAMILY, PRIMARY, EffectPanel, count_lots, lots_per_customer, read_trial
from ml.learning.families import OFFER_EFFECT
from ml.learning.metrics import FloatArray
from ml.learning.offer_costs import CostModel, Paid, amount_off, learn_costs
from ml.learning.panel import WHOLE, Panel, Part, inside, parts_to_score, read_scoring
from ml.learning.registry import Version
from ml.learning.uplift_tournament import NONE, Result, Standing, Terms, run_tournament
from ml.models.contract import Recipe
from ml.models.uplift import catalogue
from ml.models.uplift.model import UpliftModel
from warehouse import runs, settings, tables

METRIC = "policy_value"
RANDOMISED = "Randomised: learned from offers that chance showed to some customers and withheld from others."
OBSERVATIONAL = "Observational: chances of exposure are estimated, what was not recorded may be the cause."
NOBODY_DREW = "not available: nobody drew lots over who is shown an offer"
EFFECTS, COSTS = "effects", "costs"
CODE = ("effects.py", "learning/effects_panel.py", "learning/offer_costs.py", "learning/uplift_tournament.py",
        "learning/policy_value.py", "models/uplift/*.py")  # fmt: skip
# A customer's share of what running campaigns may spend while an offer can be used.
BUDGET = """
    with campaigns as (
        select * from staging.stg_shop__campaigns
        qualify row_number() over (partition by campaign_id order by day desc) = 1
    )

    select
        sum((budget::double * least(1, $horizon_days / (end_date - start_date + 1)))::decimal(38, 9))::double / nullif((
            select count(*) from features.customers where day = $day and has_consent is distinct from false
        ), 0) as budget
    from campaigns where $day between start_date and end_date
"""
CHANCES = """
    select customer_id, subject_id, score as chance from ml.scores where day = $day and family = 'redemption_offer'
"""


@dataclass(frozen=True)
class Learned:
    """What scoring needs, in one folder: effects of being shown an offer, and what showing it costs."""

    effects: UpliftModel
    costs: CostModel

    def save(self, folder: Path) -> None:
        self.effects.save(folder / EFFECTS)
        self.costs.save(folder / COSTS)

    @classmethod
    def load(cls, folder: Path) -> "Learned":
        return cls(UpliftModel.load(folder / EFFECTS), CostModel.load(folder / COSTS))


def train(day: date) -> None:
    """Hold the tournament of effects on the lots closed by the day and register its versions."""
    from ml.train import before, tell

    numbers = parameters.load().effects
    rows, shown = count_lots(day)
    tell(f"{OFFER_EFFECT}: {rows:,} rows with a closed label, {shown:,} shown")
    if not 0 < shown < rows:
        tell(f"  {NOBODY_DREW}")
        return
    if min(shown, rows - shown) < numbers.min_rows:
        tell(f"  not available: fewer than {numbers.min_rows:,} rows on one side")
        return
    panel = read_trial(day, numbers.max_rows)
    champion = registry.champion_for(OFFER_EFFECT, before(day))
    terms = read_terms(day, panel)
    incumbent = incumbent_of(champion, terms)
    result = run_tournament(
        panel.trial,
        terms,
        others=panel.outcomes,
        incumbent=incumbent,
        primary=PRIMARY,
        least_cost=least_cost(panel.trial.features),
    )
    paid = Paid.of(panel.trial, panel.days)
    parts = paid.split(terms.validation_rate, terms.horizon_days)
    costs, told = learn_costs(paid, parts, terms.settings, redemption_recipe(day))
    tell_result(result, told, tell)
    card = {"costs": told, "budget_per_row": terms.budget_per_row, "rows_known": rows, "rows_learned": len(panel)}
    registry.register(name_versions(day, panel, result, card), Learned(result.model, costs).save)


def incumbent_of(champion: Version | None, terms: Terms) -> str | None:
    """The learner in use, if it still competes. Offering nothing is nobody's trusted method: it is the floor."""
    name = champion.candidate if champion else NONE
    return name if name != NONE and name in terms.recipes else None


def tell_result(result: Result, costs: Mapping[str, Any], tell: Callable[[str], None]) -> None:
    for one in result.standings:
        value = f"{one.value.value:.4f} a row ({one.value.low:.4f} to {one.value.high:.4f})"
        tell(f"  {one.name}: {value}, {one.fit_seconds:.1f} s")
    tell(f"  {result.choice.name}: {result.choice.reason}")
    tell(f"  costs: {costs['method']}")


def read_terms(day: date, panel: EffectPanel) -> Terms:
    known = parameters.load()
    names = [name for name in known.uplift.learners if name in catalogue.ENTRIES]
    return Terms(
        recipes={name: catalogue.recipe_of(name, known.uplift.settings, known.train.seed) for name in names},
        settings=known.uplift.settings,
        budget_per_row=budget_per_row(day, panel),
        outcome_value=1 - decide_terms(day).pull_forward_rate,
        message_cost=known.decide.message_cost,
        validation_rate=known.effects.validation_rate,
        horizon_days=known.labels.redemption_horizon_days,
        folds=known.effects.folds,
        confidence=known.effects.confidence_rate,
        seed=known.train.seed,
    )


def least_cost(features: pd.DataFrame) -> FloatArray:
    """What an offer costs that just enough customers would use: deciding gives no place to one fewer use."""
    return np.asarray(parameters.load().decide.min_propensity * amount_off(features), dtype=float)


def budget_per_row(day: date, panel: EffectPanel) -> float:
    """Currency per lot: what a customer may cost in a horizon, by the campaigns that run or else the parameter, over
    the lots a customer gets in one. Candidates are judged on lots, so that together they spend the customer's budget.
    """
    known = parameters.load()
    terms = {"day": day, "horizon_days": known.labels.redemption_horizon_days}
    found = tables.read(BUDGET, terms).to_pylist()[0]["budget"]
    per_customer = float(found) if found else float(known.effects.budget_per_customer)
    return per_customer / lots_per_customer(panel.days, panel.trial.unit, known.labels.redemption_horizon_days)


def redemption_recipe(day: date) -> Recipe | None:
    """How the chance of use is learned: as its champion of the day is, where there is one."""
    champion = registry.champion_for("redemption_offer", day)
    return Recipe.from_json(champion.parameters) if champion else None


def name_versions(day: date, panel: EffectPanel, result: Result, facts: Mapping[str, Any]) -> list[Version]:
    """A version for every candidate judged; the chosen one learns anew even where it stays the same."""
    return [name_one(day, panel, result, one, facts) for one in result.standings]


def name_one(day: date, panel: EffectPanel, result: Result, standing: Standing, facts: Mapping[str, Any]) -> Version:
    is_champion = standing.name == result.choice.name
    recipe = recipe_of(standing.name)
    version = registry.name_version(
        day,
        standing.name,
        json.dumps(recipe, sort_keys=True),
        numbers_text(day),
        code_fingerprint(),
        data_fingerprint(panel),
    )
    floor = max((one.value.value for one in result.standings if one.name in catalogue.FLOORS), default=0.0)
    caveat = OBSERVATIONAL if panel.trial.is_observational else RANDOMISED
    card = {
        "family": OFFER_EFFECT,
        "version": version,
        "data_cut": str(day),
        "caveat": caveat,
        "decision": result.choice.reason,
        "standing": standing.as_json(),
        "metrics": {METRIC: {name: getattr(standing.value, name) for name in ("value", "low", "high")}},
        **facts,
        **({"model": result.model.card()} if is_champion else {}),
    }
    return Version(
        family=OFFER_EFFECT,
        version=version,
        data_cut=day,
        role="champion" if is_champion else "floor" if standing.name in catalogue.FLOORS else "challenger",
        candidate=standing.name,
        parameters=recipe,
        metric=METRIC,
        metric_value=standing.value.value,
        floor_value=floor,
        validation_from=pd.Timestamp(panel.days.min()).date(),
        validation_until=pd.Timestamp(panel.days.max()).date(),
        train_rows=len(panel),
        card=card,
    )


def recipe_of(name: str) -> dict[str, Any]:
    known = parameters.load()
    return catalogue.recipe_of(name, known.uplift.settings, known.train.seed).as_json()


def numbers_text(day: date) -> str:
    known = parameters.load()
    prices = [decide_terms(day).pull_forward_rate, known.decide.message_cost]
    return json.dumps([vars(known.effects), vars(known.uplift), *prices], sort_keys=True)


def code_fingerprint() -> str:
    folder = settings.ROOT / "ml"
    return runs.fingerprint_files(sorted({file for pattern in CODE for file in folder.glob(pattern)}))


def data_fingerprint(panel: EffectPanel) -> str:
    hashes = [
        pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()
        for frame in (panel.keys.astype(str), panel.trial.features)
    ]
    trial = panel.trial
    return registry.fingerprint(*hashes, trial.outcome.tobytes(), trial.cost.tobytes(), trial.probability.tobytes())


def score(day: date) -> int:
    """Replace the day's rows of ml.effects: every pair of customer and offer; none without a champion."""
    champion = registry.champion_for(OFFER_EFFECT, day)
    rows = no_rows()
    if champion:
        rows = pa.concat_tables(score_pairs(day, champion, part) for part in parts_to_score(FAMILY, day))
    tables.replace_day("ml.effects", day, rows)
    said = f"{rows.num_rows:,} effects by {champion.candidate} {champion.version}" if champion else NOBODY_DREW
    print(f"{OFFER_EFFECT}: {said}", flush=True)
    return int(rows.num_rows)


def score_pairs(day: date, champion: Version, part: Part = WHOLE) -> pa.Table:
    pairs = read_scoring(FAMILY, day, part)
    if not len(pairs):
        return no_rows()
    learned = Learned.load(registry.files_of(OFFER_EFFECT, champion.version))
    effects = learned.effects.effects(pairs.features)
    count = len(pairs)
    return pa.table(
        {
            "day": pa.array([day] * count, pa.date32()),
            "customer_id": pa.array(pairs.keys["customer_id"]).cast(pa.string()),
            "offer_id": pa.array(pairs.keys["subject_id"]).cast(pa.string()),
            **{f"effect_{name}": effects[f"effect_{name}"].to_numpy() for name in ("orders", "revenue", "margin")},
            **{f"effect_margin_{end}": effects[f"effect_margin_{end}"].to_numpy() for end in ("low", "high")},
            "expected_cost": learned.costs.plan(pairs.features, chances(day, pairs, part)),
            "is_observational": pa.array([learned.effects.is_observational] * count),
            "model_version": pa.array([champion.version] * count),
            "run_id": pa.array([runs.run_id(day)] * count),
        }
    )


def chances(day: date, pairs: Panel, part: Part) -> FloatArray:
    """The champion's chance that each pair's offer is used, not a number where it was not scored."""
    known = tables.read(f"{CHANCES} and {inside(part)}", {"day": day}).to_pandas()
    keys = pairs.keys[["customer_id", "subject_id"]].astype(object)
    return keys.merge(known, "left", ["customer_id", "subject_id"])["chance"].to_numpy(dtype=float)


def no_rows() -> pa.Table:
    kinds = {"date": pa.date32(), "double": pa.float64(), "varchar": pa.string(), "boolean": pa.bool_()}
    columns = tables.TABLES["ml.effects"].columns
    return pa.table({column: pa.array([], kinds[kind]) for column, kind in columns.items()})
