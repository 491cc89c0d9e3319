"""The customers of the value family, asked when they come next."""

from dataclasses import replace

from ml.models.churn.catalogue import CATALOGUE as CATALOGUE
from ml.models.value.transactions import Transactions
from tests.ml.shops import customer_value

SETTINGS = {"lightgbm": {"rounds": 10, "min_data_in_leaf": 20, "landmarks": 4}}


def data(seed: int) -> Transactions:
    return replace(customer_value.data(seed), horizon_days=28)
