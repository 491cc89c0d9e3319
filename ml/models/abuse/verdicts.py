"""What reviewers said is respected: who was cleared, or not judged in time, is left alone until something is new."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from ml.models.abuse.activity import CLEAR, HOLD

OPEN = "open"
EVIDENCE = ("score", "component_size", "evidence_codes", "evidence")
Row = dict[str, Any]


@dataclass(frozen=True)
class Past:
    """Verdicts in force (customer, verdict, known_on) and earlier days' flags, as the columns of `respect_verdicts`."""

    reviews: pd.DataFrame
    flags: pd.DataFrame


def respect_verdicts(scored: pd.DataFrame, past: Past, day: date, review_days: int) -> pd.DataFrame:
    """Rows of who is flagged or has a verdict: customer, score, component_size, evidence_codes, evidence, verdict
    (open, hold, clear), is_flagged, flagged_on.

    `scored` has a row per customer as Detector.score gives it. Who is held stays flagged. An open flag stays for
    `review_days` though its evidence fades, because who is under review gets no offers to use, and ends then though it
    does not. Who was cleared, or whose flag ended without a verdict, is flagged only for a kind of evidence, or a
    component larger than any, that no flag before had.
    """
    verdicts = {str(one["customer"]): one for one in records(past.reviews)}
    seen = {str(name): rows for name, rows in past.flags.sort_values("day").groupby("customer")}
    last = past.flags["day"].max() if len(past.flags) else None
    newest = {name: records(rows.tail(1))[0] for name, rows in seen.items()}
    flags = {name: row for name, row in newest.items() if row["day"] == last and row["is_flagged"]}
    wanted = scored["is_flagged"] | scored["customer"].isin([*verdicts, *flags])
    told = (judge(row, verdicts, seen, flags, day, review_days) for row in records(scored[wanted]))
    columns = ["customer", *EVIDENCE, "verdict", "is_flagged", "flagged_on"]
    return pd.DataFrame([row for row in told if row is not None], columns=columns)


def records(frame: pd.DataFrame) -> list[Row]:
    return [{str(name): one for name, one in row.items()} for row in frame.to_dict("records")]


def judge(
    row: Row,
    verdicts: Mapping[str, Any],
    seen: Mapping[str, pd.DataFrame],
    flags: Mapping[str, Row],
    day: date,
    review_days: int,
) -> Row | None:
    """A customer's row of the day; None where nothing is left to review."""
    said, flag, earlier = verdicts.get(row["customer"]), flags.get(row["customer"]), seen.get(row["customer"])
    if said and said["verdict"] == HOLD:
        return row | {"verdict": HOLD, "is_flagged": True, "flagged_on": flag["flagged_on"] if flag else day}
    ends = day - timedelta(days=review_days)
    if flag and is_waiting(flag, said) and flag["flagged_on"] > ends:
        kept = {} if row["is_flagged"] else {name: flag[name] for name in EVIDENCE}
        return row | kept | {"verdict": OPEN, "is_flagged": True, "flagged_on": flag["flagged_on"]}
    needs_new = said is not None or ended_without_verdict(earlier, ends)
    if row["is_flagged"] and (not needs_new or has_new_evidence(row, earlier, said)):
        return row | {"verdict": OPEN, "flagged_on": day}
    return row | {"verdict": CLEAR, "is_flagged": False, "flagged_on": None} if said else None


def is_waiting(flag: Row, said: Row | None) -> bool:
    """Whether a flag has no verdict yet: one that was known before it was raised is none on it."""
    return bool(flag["verdict"] == OPEN and (said is None or flag["day"] > said["known_on"]))


def ended_without_verdict(earlier: pd.DataFrame | None, ends: date) -> bool:
    """Whether the newest flag had its days for review and nobody said anything."""
    if earlier is None:
        return False
    newest = records(earlier.tail(1))[0]
    return bool(newest["verdict"] == OPEN and newest["flagged_on"] <= ends)


def has_new_evidence(row: Row, earlier: pd.DataFrame | None, said: Row | None) -> bool:
    """Whether something speaks against a customer that no flag, and nothing up to the verdict, had; without one no."""
    if earlier is None:
        return False
    was_flagged = earlier["is_flagged"].astype(bool)
    before = earlier[was_flagged | (earlier["day"] <= said["known_on"]) if said else was_flagged]
    if not len(before):
        return False
    codes = {code for told in before["evidence_codes"] for code in told.split(",")}
    grown = row["component_size"] > max(before["component_size"].max(), 1)
    return bool(set(filter(None, row["evidence_codes"].split(","))) - codes) or bool(grown)
