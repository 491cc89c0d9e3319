"""The simulated shop is built before the first day that is run on it, like any other shop has a past."""

import os
import subprocess
import sys

from rich.console import Console

from warehouse.errors import NotAvailable
from warehouse.settings import ROOT, Settings

SOURCE = "simulator"


def build_if_missing(installation: Settings, console: Console) -> None:
    """Build the default shop below the data folder; one that PROMOLIFT_SIMULATION names is somebody's own to build."""
    folder = installation.data / "simulation"
    if installation.source != SOURCE or os.environ.get("PROMOLIFT_SIMULATION") or (folder / "shop").exists():
        return
    console.print(f"building the simulated shop in {folder}", highlight=False, soft_wrap=True)
    unfinished = folder.with_suffix(".unfinished")
    words = [sys.executable, "-m", "simulator", "build", "--out", str(unfinished)]
    if subprocess.run(words, cwd=ROOT, check=False).returncode:
        raise NotAvailable("the simulated shop could not be built; what went wrong is above")
    unfinished.rename(folder)
