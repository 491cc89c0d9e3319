import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.expectations import small_shop


def lead_to(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("PROMOLIFT_DATA", str(folder / "data"))
    patch.setenv("PROMOLIFT_SOURCES", str(folder / "sources"))
    patch.setenv("PROMOLIFT_SOURCE", "small_shop")
    patch.setenv("PROMOLIFT_HOLDOUT_KEY", small_shop.HOLDOUT_KEY)


@pytest.fixture(scope="session")
def built_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("small_shop")
    with pytest.MonkeyPatch.context() as patch:
        lead_to(folder, patch)
        small_shop.build(folder)
    return folder


@pytest.fixture
def shop(built_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the small shop that a test may break; the settings lead to it."""
    shutil.copytree(built_shop, tmp_path / "shop")
    lead_to(tmp_path / "shop", monkeypatch)
    return tmp_path / "shop"
