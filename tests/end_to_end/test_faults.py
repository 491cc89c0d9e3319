"""What may happen to a run in the night, and what people find in the morning."""

import os
import signal
import subprocess
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from tests.end_to_end import readers, way
from tests.end_to_end.conftest import Shop
from warehouse import settings
from warehouse.connection import writing
from warehouse.errors import BadInput, GateFailed, NotAvailable, WarehouseLocked

pytestmark = pytest.mark.integration

# Seconds into a stage: some are still starting then, some in the middle of their work, some already done.
KILL_AFTER = (0.7, 1.5, 3.0)
PUBLISH = ("warehouse", "publish")
CUT_OFF_BEFORE = ("expectations", "features")
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
    morning: Shop, backfilled: dict[str, pa.Table], tmp_path: Path
) -> None:
    """Every stage is killed inside, publishing at three moments; on the way the run starts again from its beginning."""
    day, before = morning.second_day, way.commands_before(CUT_OFF_BEFORE)
    with readers.polling(settings.load().published, tmp_path / "stop", READERS) as watching:
        finish_after_kills(before, day)
        assert [way.finish(way.start(command, day)) for _, command in before] == [0] * len(before)
        finish_after_kills(way.commands()[len(before) :], day)
    assert way.differences(way.published(), backfilled) == []
    for future in watching:
        check_versions(future.result(), morning)


def finish_after_kills(commands: list[tuple[str, way.Command]], day: date) -> None:
    for number, (task, command) in enumerate(commands):
        for seconds in KILL_AFTER if command == PUBLISH else [KILL_AFTER[number % len(KILL_AFTER)]]:
            kill_inside(command, day, seconds)
        assert way.finish(way.start(command, day)) == 0, f"{task} does not recover from kill -9"


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
        refused = way.run_way(morning.second_day)
        landed = way.finish(way.start(("warehouse", "ingest", "--replace"), morning.second_day))
        stopped = way.run_way(morning.second_day)
    finally:
        orders.write_text(whole)
    # The replay has landed that day before, to measure: a change is refused until somebody lands it on purpose.
    assert (refused, landed, stopped) == (BadInput.exit_code, 0, GateFailed.exit_code)
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


def test_day_outside_the_data_is_one_sentence_and_changes_nothing(morning: Shop) -> None:
    before = published_bytes()
    process = way.start(("warehouse", "ingest"), date(2031, 1, 1))
    said, _ = process.communicate()
    assert process.returncode == NotAvailable.exit_code
    assert said.splitlines() == ["NotAvailable: tiny_world ends on 2024-05-29: the last day to run is 2024-05-30"]
    assert published_bytes() == before
