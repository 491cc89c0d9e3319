"""What a randomised test showed, whom to treat, and what that earns: for any frame, from this platform or not.

`evaluate` is the function, `python -m ml experiment FILE.csv --treatment … --outcome …` the command;
docs/how-to/evaluate-a-randomised-test.md explains every number.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from ml import parameters
from ml.experimenting.average import average_effects, mean_of
from ml.experimenting.checks import check_test
from ml.experimenting.columns import as_frame
from ml.experimenting.contest import Choice, Contestant, contestant, run_contest
from ml.experimenting.finding import Candidate, Finding, Policy
from ml.experimenting.learners import Recipes, cross_fit, entries, fit
from ml.experimenting.policy import policy_for
from ml.experimenting.prepared import Prepared, prepare
from ml.experimenting.question import Question
from ml.experimenting.ranking import ArmRanking, judge_arm, row_effects
from ml.experimenting.scores import Scores, score_rows
from ml.models.uplift import catalogue
from ml.models.uplift.folds import Folds
from warehouse.errors import BadInput

Follow = Callable[[str, float], None]  # what is done, and the share of the whole that is done before it


def evaluate(frame: Any, treatment: str, outcome: str, follow: Follow | None = None, **options: Any) -> Finding:
    """Check a test, estimate its effects, let candidates compete for whom to treat, and say what the winner earns.

    frame: one row per customer (or several per `unit`) of any columns; what is not named is a feature, which must have
    been known before the treatment. options: the other fields of `ml.experimenting.question.Question`: control,
    probability, unit, cost, margin, budget, ignore, observational, candidates, seed, confidence. Effects are in the
    unit of the outcome, values in currency (outcome × margin − cost). BadInput, in one sentence, where the frame cannot
    answer.

    >>> rows = 400
    >>> frame = pd.DataFrame({"old": np.arange(rows) % 2, "mail": np.arange(rows) // 2 % 2})
    >>> frame["bought"] = frame["mail"] * frame["old"] + (np.arange(rows) % 7 == 0)
    >>> finding = evaluate(frame, "mail", "bought", candidates=("none", "uniform"))
    >>> finding.is_effect_shown, round(finding.effects[0].effect.value, 1)
    (True, 0.5)
    """
    question = Question(treatment, outcome, **options)
    with threadpool_limits(1):  # threads of BLAS wait for each other on small systems of equations
        return answer(as_frame(frame), question, follow or (lambda _what, _share: None))


def answer(table: pd.DataFrame, question: Question, tell: Follow) -> Finding:
    known = parameters.load()
    candidates_of(question)
    limits = SimpleNamespace(**known.experiment.__dict__, seed=question.seed, folds=known.uplift.settings["folds"])
    tell("checking the test", 0.0)
    prepared = prepare(table, question, limits, known.uplift.clip_rate)
    folds = Folds.of(prepared.log.unit, limits.folds, question.seed)
    checks = check_test(prepared, limits.alarm_p_value)
    tell("foreseeing outcomes", 0.05)
    scores = score_rows(prepared, folds, known.uplift.settings)
    contestants = compete(prepared, scores, folds, question, tell)
    choice = run_contest(contestants, prepared.log.unit, folds, question.confidence)
    tell("judging on rows not learned from", 0.85)
    rankings = tuple(judge(prepared, scores, choice, arm, limits) for arm in prepared.treatments)
    policy = policy_of(prepared, choice, question)
    tell(f"learning {choice.winner.contestant.name} from all rows", 0.95)
    return Finding(
        treatment=question.treatment,
        outcome=question.outcome,
        arms=prepared.arms,
        row_count=len(prepared),
        unit_count=len(np.unique(prepared.log.unit)),
        chances=source_of_chances(question),
        is_observational=question.observational,
        confidence=question.confidence,
        checks=checks,
        effects=average_effects(prepared, scores.outcome, scores.net, question.confidence),
        rankings=rankings,
        candidates=tuple(candidate_of(one, prepared, choice, question.confidence) for one in contestants),
        policy=policy,
        rows=rows_of(table, question, prepared, scores, choice, policy.pays),
        model=fit(
            choice.winner.contestant.entry, prepared.log, prepared.arms, Recipes(known.uplift.settings, question.seed)
        ),
    )


def compete(prepared: Prepared, scores: Scores, folds: Folds, question: Question, tell: Follow) -> list[Contestant]:
    """Every candidate, learned and judged on the same folds."""
    settings = parameters.load().uplift.settings
    decide = policy_for(prepared.cost, question.budget, folds.fold)
    names = entries(candidates_of(question), len(prepared.treatments))
    found = []
    for place, entry in enumerate(names):
        tell(f"learning {entry.name}", 0.1 + 0.75 * place / len(names))
        effects = cross_fit(entry, prepared, folds, settings, question.seed)
        found.append(contestant(entry, prepared, effects, scores, decide))
    return found


def candidates_of(question: Question) -> list[str]:
    names = list(question.candidates or parameters.load().experiment.candidates)
    if strangers := [name for name in names if name not in catalogue.ENTRIES]:
        raise BadInput(f"there is no candidate {strangers[0]}; there are {', '.join(catalogue.ENTRIES)}")
    return names


def judge(prepared: Prepared, scores: Scores, choice: Choice, arm: int, limits: SimpleNamespace) -> ArmRanking:
    return judge_arm(prepared, arm, choice, scores.outcome[:, arm] - scores.outcome[:, 0], limits)


def policy_of(prepared: Prepared, choice: Choice, question: Question) -> Policy:
    """The winner's policy if it is certain to earn more than nothing, else none."""
    value, winner = choice.value(prepared.log.unit, question.confidence), choice.winner.contestant
    pays = choice.winner.is_certain
    assigned = winner.assigned if pays else np.zeros(len(prepared), dtype=np.intp)
    shares = np.bincount(assigned, minlength=len(prepared.arms)) / len(prepared)
    cost = prepared.cost[prepared.rows, assigned] - prepared.cost[:, 0]
    named = {name: float(share) for name, share in zip(prepared.arms, shares, strict=True)}
    return Policy(winner.name if pays else "none", winner.name, value, named, float(cost.sum()), question.budget)


def candidate_of(one: Contestant, prepared: Prepared, choice: Choice, confidence: float) -> Candidate:
    value = mean_of(one.gain, prepared.log.unit, confidence)
    treated, folds = float((one.assigned > 0).mean()), choice.by_fold.count(one.name)
    return Candidate(one.name, value, treated, float(one.risk.mean()), folds)


def rows_of(
    table: pd.DataFrame, question: Question, prepared: Prepared, scores: Scores, choice: Choice, pays: bool
) -> pd.DataFrame:
    """unit or row, the arm it had, and for each arm the effect predicted and the effect that such rows showed."""
    columns: dict[str, Any] = {question.unit or "row": table[question.unit] if question.unit else prepared.rows + 1}
    columns["arm"] = np.array(prepared.arms)[prepared.log.arm]
    for arm in prepared.treatments:
        name, effects = prepared.arms[arm], scores.outcome[:, arm] - scores.outcome[:, 0]
        shown = row_effects(choice.ranking[:, arm - 1], effects, prepared.log.unit, question.confidence)
        columns[f"predicted_{name}"] = choice.predicted[:, arm - 1]
        columns |= dict(zip((f"effect_{name}", f"effect_low_{name}", f"effect_high_{name}"), shown.T, strict=True))
    assigned = choice.winner.contestant.assigned if pays else np.zeros(len(prepared), dtype=np.intp)
    return pd.DataFrame(columns | {"assigned": np.array(prepared.arms)[assigned]})


def source_of_chances(question: Question) -> str:
    if question.observational:
        return "estimated from the features (observational)"
    return "as given" if question.probability is not None else "the arms' shares of the rows"
