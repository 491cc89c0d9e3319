"""What reviewers said is respected: who was cleared is left alone until something new speaks against them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from ml.models.abuse.activity import CLEAR, HOLD

OPEN = "open"
Row = dict[str, Any]


@dataclass(frozen=True)
class Past:
    """Verdicts in force (customer, verdict, known_on) and earlier days' flags, as the columns of `respect_verdicts`."""

    reviews: pd.DataFrame
    flags: pd.DataFrame


def respect_verdicts(scored: pd.DataFrame, past: Past, day: date, review_days: int) -> pd.DataFrame:
    """Rows of who is flagged or has a verdict: customer, score, component_size, evidence_codes, evidence, verdict
    (open, hold, clear), is_flagged, flagged_on.

    `scored` has a row per customer as Detector.score gives it. Who is held stays flagged. Who was cleared is flagged
    only for a kind of evidence, or a component larger than any, that no flag before the verdict had. An open flag stays
    for `review_days` though its evidence fades, because who is under review gets no offers to use.
    """
    verdicts = {str(one["customer"]): one for one in records(past.reviews)}
    seen = {str(name): rows for name, rows in past.flags.sort_values("day").groupby("customer")}
    last = past.flags["day"].max() if len(past.flags) else None
    newest = {name: records(rows.tail(1))[0] for name, rows in seen.items()}
    flags = {name: row for name, row in newest.items() if row["day"] == last and row["is_flagged"]}
    wanted = scored["is_flagged"] | scored["customer"].isin([*verdicts, *flags])
    told = (judge(row, verdicts, seen, flags, day, review_days) for row in records(scored[wanted]))
    columns = [
        "customer",
        "score",
        "component_size",
        "evidence_codes",
        "evidence",
        "verdict",
        "is_flagged",
        "flagged_on",
    ]
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
    said, flag = verdicts.get(row["customer"]), flags.get(row["customer"])
    since = flag["flagged_on"] if flag else day
    if said and said["verdict"] == HOLD:
        return row | {"verdict": HOLD, "is_flagged": True, "flagged_on": since}
    if said and said["verdict"] == CLEAR:
        anew = bool(row["is_flagged"]) and has_new_evidence(row, seen.get(row["customer"]), said["known_on"])
        return row | {"verdict": OPEN if anew else CLEAR, "is_flagged": anew, "flagged_on": since if anew else None}
    if row["is_flagged"]:
        return row | {"verdict": OPEN, "flagged_on": since}
    if flag and flag["verdict"] == OPEN and since > day - timedelta(days=review_days):
        kept = {name: flag[name] for name in ("score", "component_size", "evidence_codes", "evidence")}
        return row | kept | {"verdict": OPEN, "is_flagged": True, "flagged_on": since}
    return None


def has_new_evidence(row: Row, earlier: pd.DataFrame | None, known_on: date) -> bool:
    """Whether something speaks against a cleared customer that no flag up to the verdict had; without one no."""
    before = earlier[earlier["day"] <= known_on] if earlier is not None else None
    if before is None or not len(before):
        return False
    codes = {code for told in before["evidence_codes"] for code in told.split(",")}
    grown = row["component_size"] > max(before["component_size"].max(), 1)
    return bool(set(filter(None, row["evidence_codes"].split(","))) - codes) or bool(grown)
