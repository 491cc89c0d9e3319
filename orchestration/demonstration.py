"""What only the demonstration needs: a replayed source has an end, and a day worth looking at."""

from datetime import UTC, date, datetime

SOURCE = "complete_journey"
DEFAULT_DAY = date(2017, 11, 27)
LAST_DAY = date(2018, 1, 1)


def default_day(source: str) -> date:
    """The demonstration's day; today where the data are a running shop's."""
    return DEFAULT_DAY if source == SOURCE else datetime.now(UTC).date()


def schedule_limits(source: str) -> dict[str, str]:
    """Keeps the schedule from asking a replayed year for today, and offers its day in the UI."""
    if source != SOURCE:
        return {}
    return {"PROMOLIFT_SCHEDULE_UNTIL": LAST_DAY.isoformat(), "PROMOLIFT_DEFAULT_DAY": DEFAULT_DAY.isoformat()}
