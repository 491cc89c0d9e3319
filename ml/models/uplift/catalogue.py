"""Effect learners by name; classes are imported when they are asked for, so that scoring loads only what it uses."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from ml.models.contract import Recipe
from ml.models.uplift.contract import Learner

TREES: Mapping[str, Any] = {"base": "lightgbm"}
LINEAR: Mapping[str, Any] = {"base": "linear"}
ENTRIES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "none": ("floors.NoEffect", {}),
    "uniform": ("floors.Uniform", {}),
    "propensity": ("floors.Propensity", {}),
    "s_learner": ("meta.SLearner", {}),
    "s_learner_linear": ("meta.LinearSLearner", {}),
    "t_learner": ("meta.TLearner", TREES),
    "t_learner_linear": ("meta.TLearner", LINEAR),
    "x_learner": ("meta.XLearner", TREES),
    "x_learner_linear": ("meta.XLearner", LINEAR),
    "r_learner": ("meta.RLearner", TREES),
    "r_learner_linear": ("meta.RLearner", LINEAR),
    "dr_learner": ("meta.DRLearner", TREES),
    "dr_learner_linear": ("meta.DRLearner", LINEAR),
    "causal_forest": ("forest.CausalForest", {}),
    "nested_s_learner": ("nested.NestedSLearner", {"form": "multiplicative"}),
    "nested_s_learner_additive": ("nested.NestedSLearner", {"form": "additive"}),
}
FLOORS = ("none", "uniform", "propensity")


def class_of(name: str) -> type[Learner]:
    """The class of a learner; KeyError for a name that is not in the catalogue."""
    module, found = ENTRIES[name][0].split(".")
    learner: type[Learner] = getattr(import_module(f"ml.models.uplift.{module}"), found)
    return learner


def recipe_of(name: str, settings: Mapping[str, Any], seed: int = 0) -> Recipe:
    """A learner's recipe: the settings all learners share with what the name stands for laid over them."""
    return Recipe(name, {**settings, **ENTRIES[name][1]}, seed)


def make(recipe: Recipe) -> Learner:
    return class_of(recipe.candidate)(recipe)


def load(name: str, folder: Path) -> Learner:
    return class_of(name).load(folder)
