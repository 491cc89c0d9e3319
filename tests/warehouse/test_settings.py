"""Where data lie when nobody says so."""

import json
from pathlib import Path

from warehouse import settings


def own(folder: Path, source: str) -> None:
    owner = folder / settings.OWNER
    owner.parent.mkdir(parents=True)
    owner.write_text(json.dumps({"source": source}))


def test_an_empty_data_folder_is_anybodys(tmp_path: Path) -> None:
    assert settings.default_data(tmp_path, "myshop") == tmp_path


def test_a_source_comes_back_to_the_folder_it_fills(tmp_path: Path) -> None:
    own(tmp_path, "myshop")
    assert settings.default_data(tmp_path, "myshop") == tmp_path


def test_another_source_gets_a_folder_of_its_own_inside(tmp_path: Path) -> None:
    own(tmp_path, "complete_journey")
    assert settings.default_data(tmp_path, "myshop") == tmp_path / "myshop"
