"""The published fit of BG/NBD and gamma-gamma on CDNOW's sample."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from benchmarks import cdnow
from ml.models.value import bg_nbd, gamma_gamma
from ml.models.value.transactions import read_transactions, summarise
from warehouse.errors import NotAvailable

OPENED = date(1997, 10, 1)


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    try:
        frame = cdnow.read("sample")
    except NotAvailable as missing:
        pytest.skip(str(missing))
    return summarise(read_transactions(frame, OPENED, 273))


def habits(customers: pd.DataFrame) -> list[np.ndarray]:
    return [customers[name].to_numpy() for name in ("frequency", "recency", "age")]


def test_bg_nbd_is_that_of_fader_hardie_and_lee(customers):
    """Table 2 of the paper: log-likelihood -9582.4, r .243, alpha 4.414, a .793, b 2.426."""
    assert len(customers) == 2357
    model = bg_nbd.fit(*habits(customers))
    assert bg_nbd.log_likelihood(model, *habits(customers)).sum() == pytest.approx(-9582.43, abs=0.005)
    assert [model.r, model.alpha, model.a, model.b] == pytest.approx([0.2426, 4.4135, 0.7929, 2.4258], abs=0.001)


def test_gamma_gamma_is_that_of_fader_and_hardie(customers):
    """Note 025: p 6.25, q 3.74, gamma 15.44 from the repeat purchases of the sample."""
    frame = read_transactions(cdnow.read("sample"), OPENED, 273).frame
    first = frame.groupby("customer_id")["ds"].transform("min")
    repeats = frame[frame["ds"] > first].groupby("customer_id")["amount"].agg(["mean", "size"])
    model = gamma_gamma.fit(repeats["mean"].to_numpy(), repeats["size"].to_numpy(dtype=float))
    assert [model.p, model.q, model.gamma] == pytest.approx([6.25, 3.74, 15.44], rel=0.01)
