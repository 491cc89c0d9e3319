"""Every candidate for demand by name."""

from ml.models.model import Catalogue

CATALOGUE = Catalogue(
    family="demand",
    package="ml.models.demand",
    classes={
        "naive": "local.Naive",
        "seasonal_naive": "local.SeasonalNaive",
        "moving_average": "local.MovingAverage",
        "ses": "local.Ses",
        "ets": "local.Ets",
        "ar": "local.Ar",
        "arima": "local.Arima",
        "theta": "local.Theta",
        "croston": "local.Croston",
        "lightgbm": "boosting.Boosted",
        "lstm": "lstm.Lstm",
    },
    floors=("naive", "seasonal_naive"),
)
