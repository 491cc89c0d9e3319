"""What an installation sets: paths, connections, switches. Everything comes from the environment (.env.example)."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Settings:
    data: Path
    sources: Path
    source: str
    memory_limit: str
    temp_limit: str
    threads: int

    @property
    def landing(self) -> Path:
        return self.data / "landing"

    @property
    def quarantine(self) -> Path:
        return self.data / "quarantine"

    @property
    def warehouse(self) -> Path:
        return self.data / "warehouse" / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        return self.data / "published" / "promolift.duckdb"

    @property
    def models(self) -> Path:
        return self.data / "models"

    @property
    def reports(self) -> Path:
        return self.data / "reports"

    @property
    def benchmarks(self) -> Path:
        return self.data / "benchmarks"


OWNER = Path("landing", "_source.json")  # names the source whose files fill a data folder


def load() -> Settings:
    """Settings from the environment, with defaults that suit one small machine."""
    environment = os.environ
    source = environment.get("PROMOLIFT_SOURCE") or "complete_journey"
    return Settings(
        data=Path(environment.get("PROMOLIFT_DATA") or default_data(ROOT / "data", source)).resolve(),
        sources=Path(environment.get("PROMOLIFT_SOURCES") or ROOT / "sources").resolve(),
        source=source,
        memory_limit=environment.get("PROMOLIFT_MEMORY_LIMIT") or "3GB",
        temp_limit=environment.get("PROMOLIFT_TEMP_LIMIT") or "20GB",
        threads=int(environment.get("PROMOLIFT_THREADS") or 2),
    )


def default_data(folder: Path, source: str) -> Path:
    """The data folder, unless another source fills it: then one of the source's own inside."""
    owner = folder / OWNER
    is_other = owner.exists() and json.loads(owner.read_text())["source"] != source
    return folder / source if is_other else folder


def quoted(path: Path) -> str:
    """A path as it stands inside a SQL string."""
    return str(path).replace("'", "''")
