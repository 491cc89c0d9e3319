"""The recommenders by name, as every other family lists its candidates."""

from ml.models.model import Catalogue
from ml.models.recommendation import CANDIDATES, FLOOR
from ml.models.recommendation.interactions import class_name

CATALOGUE = Catalogue(
    family="recommendation",
    package="ml.models.recommendation",
    classes={name: f"interactions.{class_name(name)}" for name in CANDIDATES},
    floors=(FLOOR,),
)
