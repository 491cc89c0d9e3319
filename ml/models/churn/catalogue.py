"""Hazards by name."""

from ml.models.model import Catalogue

CATALOGUE = Catalogue(
    family="churn",
    package="ml.models.churn",
    classes={
        "logistic_hazard": "hazards.LogisticHazard",
        "lightgbm": "hazards.BoostedHazard",
        "silence_rate": "floors.SilenceRate",
        "period_rate": "floors.PeriodRate",
    },
    floors=("silence_rate", "period_rate"),
)
