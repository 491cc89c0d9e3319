"""Ways to cut customers into segments by name."""

from ml.models.model import Catalogue

CATALOGUE = Catalogue(
    family="segments",
    package="ml.models.segments",
    classes={"kmeans": "kmeans.KMeansSegments", "rfm": "rfm.Rfm", "one_segment": "rfm.OneSegment"},
    floors=("one_segment", "rfm"),
)
