"""Products as vectors of the words that name them, their attributes and their price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from ml.models.recommendation.side_information import Goods

PRICE_LEVELS = 5


@dataclass(frozen=True)
class Describer:
    """Vocabularies with their inverse document frequencies, price levels (log), and the three blocks' weights."""

    words: np.ndarray
    word_idf: np.ndarray
    attributes: np.ndarray
    attribute_idf: np.ndarray
    levels: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, state: Mapping[str, np.ndarray]) -> "Describer":
        return cls(*(state[name] for name in cls.__dataclass_fields__))

    def describe(self, goods: Goods) -> csr_matrix:
        """Vectors (g, d): the product of two is the weighted sum of the cosines of names, attributes and prices."""
        blocks = (
            to_vectors(texts_of(goods), self.words, self.word_idf),
            to_vectors(attributes_of(goods), self.attributes, self.attribute_idf, words=False),
            csr_matrix(price_vectors(goods.prices, self.levels)),
        )
        scaled = [np.sqrt(weight) * one for weight, one in zip(self.weights, blocks, strict=True)]
        return csr_matrix(hstack(scaled), dtype=np.float32)

    def read(self, queries: np.ndarray) -> csr_matrix:
        """Words searched for (c,) as vectors of the same space (c, d): only names can answer them."""
        said = np.sqrt(self.weights[0]) * to_vectors(queries.tolist(), self.words, self.word_idf)
        rest = len(self.attributes) + PRICE_LEVELS
        return csr_matrix(hstack([said, csr_matrix((len(queries), rest))]), dtype=np.float32)


def learn_describer(goods: Goods, weights: Sequence[float], min_products: int) -> Describer:
    """Vocabularies of the catalogue: words and attributes that at least `min_products` products share.

    Salton and Buckley (1988), "Term-weighting approaches in automatic text retrieval": term frequency times inverse
    document frequency, rows of length one.
    """
    words = learn_vocabulary(texts_of(goods), min_products)
    attributes = learn_vocabulary(attributes_of(goods), min_products, words=False)
    known = np.log(goods.prices[goods.prices > 0])
    levels = np.quantile(known, np.linspace(0, 1, PRICE_LEVELS)) if len(known) else np.zeros(PRICE_LEVELS)
    return Describer(*words, *attributes, levels, np.asarray(weights, dtype=float))


def texts_of(goods: Goods) -> list[str]:
    """Name and values of the attributes of each product, because people search for both."""
    values = [" ".join(one.partition("=")[2] for one in row) for row in goods.attributes]
    return [f"{name} {value}" for name, value in zip(goods.names, values, strict=True)]


def attributes_of(goods: Goods) -> list[list[str]]:
    return [[one for one in row if one] for row in goods.attributes]


def whole(document: list[str]) -> list[str]:
    return document


def vectorizer(words: bool, vocabulary: np.ndarray | None = None, min_products: int = 1) -> TfidfVectorizer:
    known = None if vocabulary is None else {one: place for place, one in enumerate(vocabulary.tolist())}
    return TfidfVectorizer(
        analyzer="word" if words else whole, lowercase=words, vocabulary=known, min_df=min_products, dtype=np.float32
    )


def learn_vocabulary(
    documents: Sequence[object], min_products: int, words: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Terms (k,) in order and their inverse document frequencies (k,); none where no term is shared so often."""
    made = vectorizer(words, min_products=min(min_products, max(1, len(documents))))
    try:
        made.fit(documents)
    except ValueError:  # its way to say that no term is left
        return np.zeros(0, dtype=str), np.zeros(0)
    return made.get_feature_names_out().astype(str), made.idf_


def to_vectors(documents: Sequence[object], terms: np.ndarray, idf: np.ndarray, words: bool = True) -> csr_matrix:
    """TF-IDF of documents over known terms, (n, k), rows of length one or zero."""
    if not len(terms):
        return csr_matrix((len(documents), 0), dtype=np.float32)
    made = vectorizer(words, terms)
    made.idf_ = idf
    return csr_matrix(made.transform(documents))


def price_vectors(prices: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """How near each price is to each level of log price, (g, levels), rows of length one; zeros where unknown.

    Nearness falls as exp(-steps²), so that neighbouring levels are alike.

    >>> price_vectors(np.array([1.0, np.nan]), np.log([1, 2, 4, 8, 16])).round(2).tolist()
    [[0.94, 0.35, 0.02, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]]
    """
    found = np.zeros((len(prices), len(levels)))
    known = np.flatnonzero(prices > 0)
    if levels[-1] > levels[0]:
        place = np.interp(np.log(prices[known]), levels + 1e-9 * np.arange(len(levels)), np.arange(len(levels)))
        found[known] = np.exp(-((place[:, None] - np.arange(len(levels))) ** 2))
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return found / np.where(lengths > 0, lengths, 1)
