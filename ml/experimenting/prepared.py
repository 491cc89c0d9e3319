"""A frame and a question become a test that learners and estimates can take, or one clear refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.experimenting.columns import as_features, as_words, required_number
from ml.experimenting.question import PerArm, Question, control_of, shortened
from ml.learning.encoding import Encoding
from ml.learning.metrics import FloatArray
from ml.models.uplift.arms import ArmsLog, arm_shares
from ml.models.uplift.folds import Folds
from ml.models.uplift.propensity import Overlap, estimate_probability
from warehouse.errors import BadInput


@dataclass(frozen=True, eq=False)
class Prepared:
    """n rows of a test with K arms besides the control.

    arms: K+1 names, the control first; log: features, arm (0 control), outcome, probability n×(K+1) and what each row
    cost; margin: n×(K+1) currency per unit of the outcome; cost: n×(K+1) currency expected under each arm; overlap: of
    each arm where chances were estimated; intended: share of each arm where it is one number, else None.
    """

    arms: tuple[str, ...]
    log: ArmsLog
    margin: FloatArray
    cost: FloatArray
    overlap: Mapping[str, Overlap]
    intended: FloatArray | None
    is_probability_given: bool

    def __len__(self) -> int:
        return len(self.log.outcome)

    @property
    def rows(self) -> npt.NDArray[np.intp]:
        return np.arange(len(self))

    @property
    def treatments(self) -> range:
        return range(1, len(self.arms))

    @cached_property
    def encoded(self) -> pd.DataFrame:
        """The features as n×p float32 columns, missing as NaN; what never varies is left out."""
        return Encoding.fit(self.log.features).apply(self.log.features)

    @property
    def net(self) -> FloatArray:
        """What each row earned: its outcome times the margin under its arm, less what was spent on it."""
        return self.margin[self.rows, self.log.arm] * self.log.outcome - self.log.cost


def prepare(frame: pd.DataFrame, question: Question, limits: SimpleNamespace, clip: float) -> Prepared:
    """BadInput where the frame cannot answer the question: a column or value lacks, or an arm is too small."""
    question.check_columns(frame)
    words = as_words(frame, question.treatment)
    names = sorted(words.unique())
    check_arm_count(names, question.treatment, limits.most_arms)
    control = control_of(names, question.control)
    arms = (control, *(name for name in names if name != control))
    arm = words.map({name: place for place, name in enumerate(arms)}).to_numpy(dtype=np.int64)
    unit = units_of(frame, question.unit)
    check_sizes(arms, arm, unit, limits.least_units_per_arm)
    outcome = required_number(frame, question.outcome, "outcome")
    if np.ptp(outcome) == 0:
        raise BadInput(f"the outcome {question.outcome} is {outcome[0]:g} in every row: there is nothing to compare")
    features = as_features(frame.drop(columns=list(dict.fromkeys(question.named_columns))))
    probability, overlap = chances_of(frame, question, arms, arm, Chances(features, unit, clip, limits.folds))
    own, expected = costs_of(frame, question, arms, arm, probability)
    log = ArmsLog(features, arm, outcome, probability, own, unit, question.observational)
    margin = by_arm(frame, question.margin, arms, 1.0, "margin")
    is_given = question.probability is not None
    intended = probability.mean(axis=0) if is_given and np.ptp(probability, axis=0).max() < 1e-12 else None
    return Prepared(arms, log, margin, expected, overlap, intended, is_given)


def check_arm_count(names: list[str], treatment: str, most: int) -> None:
    if len(names) < 2:
        raise BadInput(f"the treatment {treatment} is {names[0]} in every row: a test needs a control and another arm")
    if len(names) > most:
        raise BadInput(
            f"the treatment {treatment} has {len(names):,} different values ({shortened(names, 5)}); "
            f"a test of at most {most} arms is understood"
        )


def units_of(frame: pd.DataFrame, name: str | None) -> npt.NDArray[np.int64]:
    if name is None:
        return np.arange(len(frame))
    if missing := int(frame[name].isna().sum()):
        raise BadInput(f"{missing:,} of {len(frame):,} rows do not say their unit ({name})")
    return pd.factorize(frame[name])[0].astype(np.int64)


def check_sizes(arms: tuple[str, ...], arm: npt.NDArray[np.int64], unit: npt.NDArray[np.int64], least: int) -> None:
    for place, name in enumerate(arms):
        size = len(np.unique(unit[arm == place]))
        if size < least:
            raise BadInput(f"arm {name} has {size:,} units; with fewer than {least} nothing can be told from chance")


def by_arm(frame: pd.DataFrame, said: PerArm, arms: tuple[str, ...], otherwise: float, what: str) -> FloatArray:
    """n×(K+1) numbers: one for all, a column for all, or what is said of each arm; the rest is `otherwise`."""
    if not isinstance(said, Mapping):
        said = {} if said is None else dict.fromkeys(arms, said)
    if strangers := sorted(set(said) - set(arms)):
        raise BadInput(f"a {what} is said of {strangers[0]}, which is no arm; the arms are {shortened(list(arms))}")
    columns = [column_or_number(frame, said.get(name, otherwise), what) for name in arms]
    return np.column_stack(columns)


def column_or_number(frame: pd.DataFrame, said: float | str, what: str) -> FloatArray:
    if isinstance(said, str):
        return required_number(frame, said, what)
    if not np.isfinite(said):
        raise BadInput(f"a {what} is a finite number, not {said}")
    return np.full(len(frame), float(said))


def costs_of(
    frame: pd.DataFrame, question: Question, arms: tuple[str, ...], arm: npt.NDArray[np.int64], probability: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """What each row cost under its own arm, and what it would cost under each.

    Said by arm, both are known. A single column holds what was spent; under another arm a row is then expected to cost
    what rows of that arm cost on average (weights 1/chance), and a single number is that of every arm but the control.
    """
    said, rows = question.cost, np.arange(len(frame))
    if isinstance(said, str):
        spent = required_number(frame, said, "cost")
        weight = 1 / probability[rows, arm]
        averages = [np.average(spent[arm == one], weights=weight[arm == one]) for one in range(len(arms))]
        return spent, np.tile(averages, (len(frame), 1))
    if isinstance(said, int | float):
        said = dict.fromkeys(arms[1:], float(said))
    expected = by_arm(frame, said, arms, 0.0, "cost")
    return expected[rows, arm], expected


@dataclass(frozen=True, eq=False)
class Chances:
    """What chances are estimated from where nobody wrote them down."""

    features: pd.DataFrame
    unit: npt.NDArray[np.int64]
    clip: float
    folds: int


def chances_of(
    frame: pd.DataFrame, question: Question, arms: tuple[str, ...], arm: npt.NDArray[np.int64], known: Chances
) -> tuple[FloatArray, Mapping[str, Overlap]]:
    """Chance of each arm, n×(K+1): as said, estimated from the features where lots were not drawn, else the shares."""
    if question.observational:
        if question.probability is not None:
            raise BadInput("observational means that nobody knows the chances: leave out --probability, or that word")
        return estimated_chances(arms, arm, known, question.seed)
    if question.probability is None:
        return arm_shares(arm), {}
    return said_chances(frame, question.probability, arms), {}


def said_chances(frame: pd.DataFrame, said: PerArm, arms: tuple[str, ...]) -> FloatArray:
    if not isinstance(said, Mapping):
        if len(arms) > 2:
            raise BadInput(f"with {len(arms) - 1} arms say the chance of each: {arms[1]}=0.3,{arms[2]}=… (or columns)")
        said = {arms[1]: said} if said is not None else {}
    said = {name: said[name] for name in said}
    missing = [name for name in arms if name not in said]
    if len(missing) > 1 or (missing and missing[0] != arms[0]):
        raise BadInput(f"the chance of arm {missing[-1]} is not said")
    chances = by_arm(frame, said, arms, 0.0, "probability")
    if missing:
        chances[:, 0] = 1 - chances[:, 1:].sum(axis=1)
    if not ((chances > 0) & (chances < 1)).all():
        raise BadInput("every row needs a chance strictly between 0 and 1 of every arm; some have none")
    if np.abs(chances.sum(axis=1) - 1).max() > 1e-6:
        raise BadInput("the chances of a row's arms must add up to 1")
    return np.asarray(chances / chances.sum(axis=1, keepdims=True))


def estimated_chances(
    arms: tuple[str, ...], arm: npt.NDArray[np.int64], known: Chances, seed: int
) -> tuple[FloatArray, Mapping[str, Overlap]]:
    """One logistic regression per arm on other folds, cut and scaled to add up to 1."""
    folds = Folds.of(known.unit, known.folds, seed)
    found = [estimate_probability(known.features, arm == one, folds, known.clip) for one in range(1, len(arms))]
    columns = [chance for chance, _ in found]
    rest = np.maximum(1 - np.sum(columns, axis=0), known.clip)
    chances = np.column_stack([rest, *columns])
    overlap = {name: one for name, (_, one) in zip(arms[1:], found, strict=True)}
    return np.asarray(chances / chances.sum(axis=1, keepdims=True)), overlap
