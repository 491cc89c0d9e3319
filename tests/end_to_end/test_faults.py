"""What may happen to a run in the night, and what people find in the morning."""

import os
import signal
import subprocess
from datetime import date
from pathlib import Path

import pytest

from tests.end_to_end import readers, way
from tests.end_to_end.conftest import Shop
from warehouse import settings
from warehouse.connection import writing
from warehouse.errors import BadInput, GateFailed, WarehouseLocked

pytestmark = pytest.mark.integration

# Seconds into a stage: some are still starting then, some in the middle of their work, some already done.
KILL_AFTER = (0.7, 1.5, 3.0)
PUBLISH = ("warehouse", "publish")
READERS = 5


def kill_inside(command: way.Command, day: date, seconds: float) -> None:
    """Start a stage and end it, with everything it started, as a machine that loses power would."""
    process = way.start(command, day)
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_killed_stages_and_a_run_cut_off_leave_no_trace_and_readers_see_whole_versions(
    morning: Shop, tmp_path: Path
) -> None:
    day = morning.second_day
    with readers.polling(settings.load().published, tmp_path / "stop", READERS) as watching:
        for number, (task, command) in enumerate(way.commands_before(PUBLISH)):
            kill_inside(command, day, KILL_AFTER[number % len(KILL_AFTER)])
            assert way.finish(way.start(command, day)) == 0, f"{task} does not recover from kill -9"
        for seconds in KILL_AFTER:
            kill_inside(PUBLISH, day, seconds)
        assert way.run_way(day) == 0, "a run that was cut off is run again from the start"
    assert way.differences(way.published(), morning.published[1]) == []
    for future in watching:
        check_versions(future.result(), morning)


def check_versions(seen: set[readers.Version], morning: Shop) -> None:
    """One reader saw both whole versions, nothing between them, and what each says agrees."""
    assert sorted(day for day, *_ in seen) == [morning.first_day, morning.second_day]
    for _, decided, with_offers, said_offered in seen:
        assert decided > 0
        assert with_offers == said_offered > 0


def test_failed_gate_leaves_the_published_files_byte_for_byte(morning: Shop) -> None:
    before = published_bytes()
    orders = morning.files / "orders.csv"
    whole = orders.read_text()
    try:
        orders.write_text(without_day(whole, morning.first_day))
        exit_code = way.run_way(morning.second_day)
    finally:
        orders.write_text(whole)
    assert exit_code == GateFailed.exit_code
    assert published_bytes() == before


def without_day(text: str, day: date) -> str:
    """The file of a shop whose delivery of one day got lost."""
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if not line.rstrip().endswith(f",{day}")]
    assert len(kept) < len(lines)
    return "".join(kept)


def published_bytes() -> dict[str, str]:
    folder = settings.load().published.parent
    return {str(file.relative_to(folder)): way.digest(file) for file in sorted(folder.rglob("*")) if file.is_file()}


def test_locked_warehouse_names_its_holder_and_changes_nothing(morning: Shop) -> None:
    before = published_bytes()
    with writing():
        process = way.start(("warehouse", "ingest"), morning.second_day)
        said, _ = process.communicate()
    assert process.returncode == WarehouseLocked.exit_code
    assert f"process {os.getpid()} holds the warehouse" in " ".join(said.split())
    assert published_bytes() == before


def test_day_outside_the_data_is_one_sentence(morning: Shop) -> None:
    process = way.start(("warehouse", "ingest"), date(2031, 1, 1))
    said, _ = process.communicate()
    assert process.returncode in {BadInput.exit_code, 66}
    assert "Traceback" not in said
