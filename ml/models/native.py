"""scikit-learn models on disk by skops: no pickle, and the same model gives the same file."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import skops.io

# The node arrays of a tree; skops wants them named because a forged file could point outside them.
TRUSTED = ["sklearn.tree._tree.Tree"]
MADE = (1980, 1, 1, 0, 0, 0)


def write(model: Any, file: Path) -> None:
    """Save with the times and memory addresses that skops leaves in the file replaced by fixed ones."""
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as found:
        parts = {name: found.read(name) for name in found.namelist()}
    schema, names = settle(parts.pop("schema.json").decode(), list(parts))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in parts:
            archive.writestr(zipfile.ZipInfo(names[name], MADE), parts[name], zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("schema.json", MADE), schema, zipfile.ZIP_DEFLATED)


def settle(schema: str, files: list[str]) -> tuple[str, dict[str, str]]:
    """Number objects and files in the order in which the schema names them."""
    addresses: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return f'"__id__": {addresses.setdefault(match.group(1), len(addresses) + 1)}'

    settled = re.sub(r'"__id__": (\d+)', number, schema)
    mentioned = sorted(files, key=lambda name: settled.find(f'"{name}"'))
    names = {name: f"{place}{Path(name).suffix}" for place, name in enumerate(mentioned)}
    for name, fixed in names.items():
        settled = settled.replace(f'"{name}"', f'"{fixed}"')
    json.loads(settled)
    return settled, names


def read(file: Path) -> Any:
    return skops.io.load(file, trusted=TRUSTED)
