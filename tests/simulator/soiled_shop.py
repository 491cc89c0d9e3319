"""The little shop's ten days with dirt at high rates, as files and as its ledger."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import dirt, files
from simulator.dirt import LedgerRow, Memory, Rates
from simulator.files import Soiled
from tests.simulator import little_shop

HIGH = 0.03  # of ten days with 300 orders: every kind in every table that can have it
SEED = 11


@dataclass(frozen=True)
class SoiledShop:
    folder: Path
    ledger: list[LedgerRow]
    memory: Memory  # after the last day: what is still held back

    @property
    def refused(self) -> dict[tuple[str, int | None], str]:
        """Reason by file and line of what belongs into quarantine."""
        return {(row.file, row.line): row.reason_code for row in self.ledger if row.reason_code}


def high_rates(**other: float) -> Rates:
    everything = dict.fromkeys((rate.name for rate in fields(Rates)), HIGH)
    return Rates(**(everything | {"cut_off": 0.2, "late": 0.1, "broken_file": 0.0} | other))


def only(**rates: float) -> Rates:
    return Rates(**(dict.fromkeys((rate.name for rate in fields(Rates)), 0.0) | rates))


Between = Callable[[Memory], Memory]


def build(folder: Path, rates: Rates, seed: int = SEED, between: Between = lambda memory: memory) -> SoiledShop:
    """Ten days one after the other; `between` may do something to the memory after each."""
    memory = Memory()
    ledger: list[LedgerRow] = []
    for number, day in enumerate(little_shop.DAYS):
        soiled, rows = soil(number, rates, memory, seed)
        files.write_day(folder, day, soiled)
        ledger += rows
        memory = between(memory)
    return SoiledShop(folder, ledger, memory)


def soil(
    number: int, rates: Rates, memory: Memory, seed: int = SEED, tables: Mapping[str, pa.Table] | None = None
) -> tuple[dict[str, Soiled], list[LedgerRow]]:
    day = little_shop.DAYS[number]
    rng = np.random.default_rng([seed, number])
    return dirt.soil(day, tables or little_shop.tables_of(day), rates, rng, memory)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
