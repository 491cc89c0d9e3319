"""Which arms are withheld is said once, and every query that leaves one out leaves all of them out."""

import re
from pathlib import Path

import duckdb
import pytest

from warehouse.arms import ARMS, WITHHELD, is_shown
from warehouse.settings import ROOT

LANGUAGES = {".sql", ".py"}
FOLDERS = ("benchmarks", "dbt_project", "expectations", "ml", "simulator", "sources", "warehouse")
ON_PURPOSE = {"int_lots.sql"}  # what it leaves out of the holdout is told by the control
ONE_ARM = re.compile(r"arm\b[^\n]{0,20}(<>|!=|distinct from) '(holdout|control)'")


def files() -> list[Path]:
    found = (file for folder in FOLDERS for file in (ROOT / folder).rglob("*") if file.suffix in LANGUAGES)
    return [file for file in found if not {"target", "data"} & set(file.parts) and file.name not in ON_PURPOSE]


@pytest.mark.parametrize("arm", [*ARMS, None])
def test_what_is_withheld_was_not_shown(arm: str | None) -> None:
    shown = duckdb.execute(f"select {is_shown('$arm::varchar')}", {"arm": arm}).fetchall()
    assert shown == [(arm not in WITHHELD,)]


def test_the_macro_says_the_same() -> None:
    macro = (ROOT / "dbt_project" / "macros" / "arms.sql").read_text()
    assert f"    {WITHHELD}\n" in macro


def test_no_query_leaves_out_only_one_withheld_arm() -> None:
    searched = files()
    assert len(searched) > 100
    assert [str(file) for file in searched if ONE_ARM.search(file.read_text())] == []
