"""Candidates for price elasticity by name."""

from ml.models.model import Catalogue

CATALOGUE = Catalogue(
    family="price_elasticity",
    package="ml.models.price",
    classes={
        "hierarchical": "hierarchical.Hierarchical",
        "double_ml": "double_ml.DoubleML",
        "shop_wide": "floors.ShopWide",
    },
    floors=("shop_wide",),
)
