"""A replayed source is history in a box: it has an end, and a day worth looking at."""

from datetime import UTC, date, datetime, timedelta

from warehouse.sources import Source


def default_day(source: Source) -> date:
    """The day the source names; today where the data are a running shop's."""
    return source.default_day or datetime.now(UTC).date()


def schedule_limits(source: Source) -> dict[str, str]:
    """Keeps the schedule from asking a replayed year for today, and offers its day in the UI."""
    if not source.is_replay or source.last_day is None:
        return {}
    last_run = source.last_day + timedelta(days=1)
    return {"PROMOLIFT_SCHEDULE_UNTIL": last_run.isoformat(), "PROMOLIFT_DEFAULT_DAY": default_day(source).isoformat()}
