"""Response models by name."""

from ml.models.model import Catalogue

CATALOGUE = Catalogue(
    family="channel_response",
    package="ml.models.channels",
    classes={
        "logistic_response": "responses.LogisticResponse",
        "shrunk_rates": "responses.ShrunkRates",
        "shop_rate": "responses.ShopRate",
    },
    floors=("shrunk_rates", "shop_rate"),
)
