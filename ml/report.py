"""The report stage: one self-contained HTML file about a day's run."""

from datetime import date
from pathlib import Path

from ml import parameters
from ml.reporting.data import has_marts, read_frames
from ml.reporting.facts import gather
from ml.reporting.page import render
from ml.reporting.story import tell
from warehouse import runs, settings, sources
from warehouse.errors import NotAvailable


def run(day: date) -> Path:
    """Write `data/reports/<day>/index.html` and give its path."""
    with runs.stage("report", day) as stage:
        if not has_marts():
            raise NotAvailable(
                f"there are no marts to report on yet; run `python -m warehouse transform marts --day {day}`"
            )
        frames = read_frames(day, parameters.load().report.examples)
        if frames.statuses.empty:
            raise NotAvailable(
                f"there are no decisions for {day} to report on; run `python -m ml decide --day {day}` first"
            )
        report = tell(gather(day, frames, parameters.load(), read_reasons(), sources.load().time_zone))
        file = settings.load().reports / str(day) / "index.html"
        write_whole(file, render(report))
        stage.rows = sum(len(section.blocks) for section in report.sections)
    print(f"report of {day}: {file} ({file.stat().st_size / 1e6:.1f} MB)")
    return file


def read_reasons() -> dict[str, str]:
    """Why each parameter in use has its value, by `section.name`."""
    sections = parameters.read_entries(*parameters.chosen_files())
    return {
        f"{section}.{name}": entry["reason"] for section, entries in sections.items() for name, entry in entries.items()
    }


def write_whole(file: Path, text: str) -> None:
    """Readers see the old report or the new one, never half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".tmp")
    unfinished.write_text(text)
    unfinished.replace(file)
