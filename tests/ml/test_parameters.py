"""Parameters: those of the project, those in which a source's shop differs, and the one file an installation names."""

import shutil
from pathlib import Path

import pytest

from ml import parameters
from warehouse import runs
from warehouse.errors import BadInput

POUNDS = "shop:\n  currency: {value: GBP, unit: ISO 4217, reason: The shop trades in pounds.}\n"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of the parameters of a source that is in use."""
    (tmp_path / "gift_shop").mkdir()
    monkeypatch.delenv("PROMOLIFT_PARAMS", raising=False)
    monkeypatch.setenv("PROMOLIFT_SOURCES", str(tmp_path))
    monkeypatch.setenv("PROMOLIFT_SOURCE", "gift_shop")
    return tmp_path / "gift_shop" / "params.yml"


def test_a_source_sets_what_is_different_in_its_shop(own: Path) -> None:
    usual = parameters.load()
    own.write_text(POUNDS)
    found = parameters.load()
    assert (usual.shop.currency, found.shop.currency) == ("USD", "GBP")
    assert found.shop.default_margin_rate == usual.shop.default_margin_rate
    reasons = parameters.read_entries(*parameters.chosen_files())["shop"]["currency"]
    assert reasons["reason"] == "The shop trades in pounds."


def test_a_file_that_the_installation_names_stands_alone(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.write_text(POUNDS)
    monkeypatch.setenv("PROMOLIFT_PARAMS", str(shutil.copy(parameters.FILE, tmp_path / "all.yml")))
    assert parameters.load().shop.currency == "USD"


def test_a_misspelt_parameter_is_refused(own: Path) -> None:
    own.write_text(POUNDS.replace("currency", "curency"))
    with pytest.raises(BadInput, match=r"there is no parameter shop\.curency"):
        parameters.load()


def test_other_parameters_of_the_source_are_other_parameters_of_the_run(own: Path) -> None:
    usual = runs.fingerprint_parameters()
    own.write_text(POUNDS)
    assert runs.fingerprint_parameters() != usual
