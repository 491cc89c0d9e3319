"""Every measure of association by name."""

from ml.models.model import Catalogue

CATALOGUE = Catalogue(
    family="bundles",
    package="ml.models.bundles",
    classes={
        "popular": "associations.Popular",
        "most_bought": "associations.MostBought",
        "apriori": "associations.Apriori",
        "lift": "associations.Lift",
        "cosine": "associations.Cosine",
        "jaccard": "associations.Jaccard",
        "log_likelihood": "associations.LogLikelihood",
        "leverage": "associations.Leverage",
    },
    floors=("popular", "most_bought"),
)
