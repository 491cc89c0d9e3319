"""The customers of the value family, asked where they will be four weeks on."""

from dataclasses import replace

from ml.models.life_cycle.catalogue import CATALOGUE as CATALOGUE
from ml.models.value.transactions import Transactions
from tests.ml.shops import customer_value


def data(seed: int) -> Transactions:
    return replace(customer_value.data(seed), horizon_days=28)
