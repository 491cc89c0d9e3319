"""Reads a test from a file, and writes what was found: a page, the effects, the numbers and the model."""

import json
import shutil
from pathlib import Path

import pandas as pd

from ml.experimenting.finding import Finding
from ml.experimenting.page import describe
from ml.reporting.page import render
from warehouse import connection
from warehouse.errors import BadInput, NotAvailable

READERS = {
    ".parquet": "read_parquet(?)",
    ".csv": "read_csv(?, sample_size = -1)",
    ".tsv": "read_csv(?, sample_size = -1)",
}


def read_test(file: Path) -> pd.DataFrame:
    """The rows of a CSV file (also .csv.gz, .tsv) or a Parquet file, types found from all rows."""
    if not file.is_file():
        raise NotAvailable(
            f"there is no file {file}" if file.name else "which file? Give the test as a CSV or Parquet file"
        )
    name = file.name.lower().removesuffix(".gz").removesuffix(".zst")
    reader = READERS.get(Path(name).suffix)
    if reader is None:
        raise BadInput(f"{file.name} is neither a CSV nor a Parquet file; save it as one of them")
    with connection.in_memory() as database:
        frame: pd.DataFrame = database.execute(f"from {reader}", [str(file)]).df()
    return frame


def write_finding(finding: Finding, folder: Path, source: str) -> None:
    """index.html, effects.csv, finding.json and the model; all of it is made before the first file is written."""
    texts = {
        "index.html": render(describe(finding, source)),
        "effects.csv": finding.rows.to_csv(index=False, float_format="%.9g"),
        "finding.json": json.dumps(finding.as_json(), indent=1, ensure_ascii=False),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        unfinished = folder / f"{name}.tmp"
        unfinished.write_text(text)
        unfinished.replace(folder / name)
    shutil.rmtree(folder / "model", ignore_errors=True)
    finding.model.save(folder / "model")
