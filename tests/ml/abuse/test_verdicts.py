"""A reviewer's word holds: cleared is cleared for the same evidence, held stays held, an open flag waits its time."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from ml.models.abuse.verdicts import Past, respect_verdicts

DAY = date(2026, 3, 10)
FLAGS = [
    "day",
    "customer",
    "score",
    "component_size",
    "evidence_codes",
    "evidence",
    "verdict",
    "is_flagged",
    "flagged_on",
]


def scored(is_flagged: bool, codes: str = "sharing", size: int = 3) -> pd.DataFrame:
    row = {"customer": "a", "score": 2.0 if is_flagged else 0.5, "is_flagged": is_flagged, "component": 0}
    return pd.DataFrame([row | {"component_size": size, "evidence_codes": codes, "evidence": codes}])


def past(verdict: str | None = None, flags: list[dict[str, Any]] | None = None) -> Past:
    reviews = [{"customer": "a", "verdict": verdict, "known_on": DAY - timedelta(days=5)}] if verdict else []
    frame = pd.DataFrame(reviews, columns=["customer", "verdict", "known_on"])
    return Past(frame, pd.DataFrame(flags or [], columns=FLAGS))


def flag(days_ago: int, since: int, codes: str = "sharing", size: int = 3) -> dict[str, Any]:
    seen = {"day": DAY - timedelta(days=days_ago), "flagged_on": DAY - timedelta(days=since)}
    said = {"customer": "a", "score": 1.5, "verdict": "open", "is_flagged": True}
    return seen | said | {"component_size": size, "evidence_codes": codes, "evidence": codes}


def told(rows: pd.DataFrame) -> list[tuple[str, bool]]:
    return list(zip(rows["verdict"], rows["is_flagged"], strict=True))


def test_who_is_flagged_for_the_first_time_is_open_since_today() -> None:
    rows = respect_verdicts(scored(True), past(), DAY, 28)
    assert told(rows) == [("open", True)]
    assert rows["flagged_on"].tolist() == [DAY]


def test_who_is_cleared_is_not_flagged_again_for_the_same_evidence() -> None:
    assert told(respect_verdicts(scored(True), past("clear", [flag(6, 6)]), DAY, 28)) == [("clear", False)]


@pytest.mark.parametrize(("codes", "size"), [("sharing,stocking", 3), ("sharing", 4)])
def test_new_evidence_or_more_accounts_flag_a_cleared_customer_again(codes: str, size: int) -> None:
    rows = respect_verdicts(scored(True, codes, size), past("clear", [flag(6, 6)]), DAY, 28)
    assert told(rows) == [("open", True)]


def test_evidence_seen_after_the_verdict_is_not_what_was_cleared() -> None:
    flags = [flag(6, 6), flag(1, 1, "sharing,stocking")]
    assert told(respect_verdicts(scored(True, "sharing,stocking"), past("clear", flags), DAY, 28)) == [("open", True)]


def test_who_is_held_stays_though_the_score_fell() -> None:
    assert told(respect_verdicts(scored(False), past("hold"), DAY, 28)) == [("hold", True)]
    for earlier in (flag(1, 40), flag(1, 40) | {"verdict": "hold"}):
        rows = respect_verdicts(scored(False), past("hold", [flag(2, 40), earlier]), DAY, 28)
        assert told(rows) == [("hold", True)]
        assert rows["flagged_on"].tolist() == [DAY - timedelta(days=40)]


def test_an_open_flag_stays_though_its_evidence_fades_until_its_time_is_over() -> None:
    rows = respect_verdicts(scored(False, ""), past(flags=[flag(1, 20)]), DAY, 28)
    assert told(rows) == [("open", True)]
    assert rows["evidence"].tolist() == ["sharing"]
    assert not len(respect_verdicts(scored(False, ""), past(flags=[flag(1, 28)]), DAY, 28))


def test_an_open_flag_ends_in_time_though_the_score_stays_high() -> None:
    rows = respect_verdicts(scored(True), past(flags=[flag(1, 27)]), DAY, 28)
    assert told(rows) == [("open", True)]
    assert rows["flagged_on"].tolist() == [DAY - timedelta(days=27)]
    for days_ago in (1, 2, 300):  # the last day of the flag, the first without it, and much later
        assert not len(respect_verdicts(scored(True), past(flags=[flag(days_ago, days_ago + 27)]), DAY, 28))


@pytest.mark.parametrize(("codes", "size"), [("sharing,stocking", 3), ("sharing", 4)])
def test_new_evidence_or_more_accounts_raise_a_flag_that_ended_anew(codes: str, size: int) -> None:
    rows = respect_verdicts(scored(True, codes, size), past(flags=[flag(9, 36)]), DAY, 28)
    assert told(rows) == [("open", True)]
    assert rows["flagged_on"].tolist() == [DAY]


def test_what_a_flag_after_the_verdict_was_raised_for_raises_none_again_once_it_ended() -> None:
    flags = [flag(50, 50), flag(1, 28, "sharing,stocking")]
    before = past("clear", flags).reviews.assign(known_on=DAY - timedelta(days=40))
    ended = Past(before, past(flags=flags).flags)
    assert told(respect_verdicts(scored(True, "sharing,stocking"), ended, DAY, 28)) == [("clear", False)]


@pytest.mark.parametrize("verdict", ["hold", "clear"])
def test_a_verdict_that_is_no_longer_in_force_lets_a_flag_begin_today(verdict: str) -> None:
    judged = flag(1, 90) | {"verdict": verdict, "is_flagged": verdict == "hold"}
    rows = respect_verdicts(scored(True), past(flags=[flag(60, 90), judged]), DAY, 28)
    assert told(rows) == [("open", True)]
    assert rows["flagged_on"].tolist() == [DAY]


def test_a_flag_raised_for_something_new_begins_on_that_day() -> None:
    rows = respect_verdicts(scored(True, "stocking"), past("clear", [flag(6, 20)]), DAY, 28)
    assert rows["flagged_on"].tolist() == [DAY]
    cleared = past("clear").reviews.assign(known_on=DAY - timedelta(days=1))
    rows = respect_verdicts(scored(True, "stocking"), Past(cleared, past(flags=[flag(1, 20)]).flags), DAY, 28)
    assert rows["flagged_on"].tolist() == [DAY]


def test_a_flag_that_was_not_open_on_the_last_day_is_over() -> None:
    other = flag(1, 1) | {"customer": "b"}
    assert not len(respect_verdicts(scored(False), past(flags=[flag(9, 9), other]), DAY, 28))
