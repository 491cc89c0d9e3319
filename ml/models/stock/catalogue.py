"""Every policy of stock by name."""

from ml.models.model import Catalogue

CATALOGUE = Catalogue(
    family="stock",
    package="ml.models.stock",
    classes={
        "mean_days": "policies.MeanDays",
        "safety_stock": "policies.SafetyStock",
        "fill_rate": "policies.FillRate",
        "newsvendor": "policies.Newsvendor",
    },
    floors=("mean_days",),
)
