"""Candidates by name; classes are imported when they are asked for, so that scoring loads only what it uses."""

from importlib import import_module
from pathlib import Path

from ml.models.contract import Candidate, Recipe

CLASSES = {
    "logistic_regression": "linear.Linear",
    "decision_tree": "trees.DecisionTree",
    "random_forest": "trees.RandomForest",
    "lightgbm": "boosting.Boosting",
    "blend": "blend.Blend",
    "base_rate": "floors.BaseRate",
    "rate_by_rule": "floors.RateByRule",
}
FLOORS = ("base_rate", "rate_by_rule")


def class_of(name: str) -> type[Candidate]:
    """The class of a candidate; KeyError for a name that is not in the catalogue."""
    module, found = CLASSES[name].split(".")
    candidate: type[Candidate] = getattr(import_module(f"ml.models.{module}"), found)
    return candidate


def make(recipe: Recipe) -> Candidate:
    return class_of(recipe.candidate)(recipe)


def load(name: str, folder: Path) -> Candidate:
    return class_of(name).load(folder)
