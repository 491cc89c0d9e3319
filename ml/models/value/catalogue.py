"""Candidates for customer value by name."""

from ml.models.model import Catalogue

CATALOGUE = Catalogue(
    family="customer_value",
    package="ml.models.value",
    classes={
        "bg_nbd_gamma_gamma": "buy_till_you_die.BuyTillYouDie",
        "lightgbm": "boosting.Boosting",
        "own_rate": "floors.OwnRate",
        "shop_mean": "floors.ShopMean",
    },
    floors=("own_rate", "shop_mean"),
)
