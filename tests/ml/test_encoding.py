import numpy as np
import pandas as pd
import pytest

from ml.learning.encoding import MOST_LEVELS, Encoding
from tests.ml import learnable
from warehouse.errors import BadInput


def test_numbers_stay_and_words_become_switches():
    frame = pd.DataFrame({"x": [1.0, np.nan], "word": ["a", None], "is_on": [True, False]})
    coded = Encoding.fit(frame).apply(frame)
    assert list(coded.columns) == ["is_on", "x", "word = a"]
    assert coded["word = a"].tolist() == [1, 0]
    assert np.isnan(coded["x"][1])


def test_what_was_fitted_decides_whatever_comes_later():
    encoding = Encoding.fit(learnable.features(100))
    later = learnable.features(5, seed=9).assign(word="violet", brand_new=1.0)
    coded = encoding.apply(later)
    assert coded.shape == (5, len(encoding.names))
    assert coded.filter(like="word").to_numpy().sum() == 0


def test_reads_back_what_it_wrote():
    encoding = Encoding.fit(learnable.features(100))
    assert Encoding.from_json(encoding.as_json()) == encoding


def test_a_missing_feature_is_one_sentence():
    encoding = Encoding.fit(learnable.features(100))
    with pytest.raises(BadInput, match="features that are not there: noise, orders"):
        encoding.apply(learnable.features(5).drop(columns=["orders", "noise"]))


def test_categories_are_words_too():
    frame = learnable.features(100)
    assert Encoding.fit(frame.astype({"word": "category"})) == Encoding.fit(frame)


def test_rare_words_and_long_lists_are_cut():
    words = pd.DataFrame({"word": [f"w{number % 50:02d}" for number in range(1000)] + ["rare"]})
    names = Encoding.fit(words).names
    assert len(names) == MOST_LEVELS
    assert "word = rare" not in names
