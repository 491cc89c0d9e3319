"""The candidates that look for abuse, by name."""

from ml.models.model import Catalogue

CATALOGUE = Catalogue(
    family="abuse",
    package="ml.models.abuse",
    classes={
        "rules": "rules.Rules",
        "components": "components.Components",
        "isolation_forest": "forest.Forest",
        "lightgbm": "boosted.Boosted",
        "combined": "combined.Combined",
    },
    floors=("rules",),
)
