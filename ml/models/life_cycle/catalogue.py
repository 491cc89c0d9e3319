"""Chains by name."""

from ml.models.model import Catalogue

CATALOGUE = Catalogue(
    family="life_cycle",
    package="ml.models.life_cycle",
    classes={"markov_by_habit": "chains.MarkovByHabit", "markov": "chains.Markov", "stays": "chains.Stays"},
    floors=("stays",),
)
