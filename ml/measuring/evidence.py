"""What measuring rests on, read from the warehouse into plain frames."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from ml import parameters
from ml.deciding.discounts import DISCOUNTS, discount_terms
from warehouse import tables
from warehouse.arms import is_shown

QUERIES = Path(__file__).with_name("queries")


def read_responses(day: date) -> pd.DataFrame:
    """Campaigns that reached anybody, with who redeemed and what that cost."""
    return read("responses", {"day": day, **windows(), **discount_terms()})


def read_units(day: date, is_replay: bool) -> pd.DataFrame:
    """Customers whom a lot showed or did not show a campaign or an offer, with what they bought."""
    return read("units", {"day": day, **windows(), **shares(), "is_replay": is_replay, **money_terms()})


def read_undrawn(day: date, is_replay: bool) -> pd.DataFrame:
    """Customers exposed to campaigns over which nobody drew lots, and the others, before and after."""
    return read("undrawn", {"day": day, **windows(), "is_replay": is_replay, **money_terms()})


def read_running(day: date) -> pd.DataFrame:
    """Campaigns whose offers may still be used or ended lately, as planned and as it came."""
    return read("monitoring", {"day": day, **windows(), **discount_terms(), **deductions()})


def read_choices(day: date) -> pd.DataFrame:
    """What other policies would have shown on the days over which lots are still measured."""
    return read("choices", {"day": day, **windows(), **deductions()})


def read_programme(day: date) -> pd.DataFrame:
    """Every customer ever decided on, with what they bought before and in each week since."""
    before = parameters.load().measure.before_days
    return read("programme", {"day": day, "before_days": before, **money_terms()})


def windows() -> dict[str, int]:
    """Days an offer is waited for, days after it, days before it, and how far back campaigns are still measured."""
    known = parameters.load()
    return {
        "window_days": known.labels.redemption_horizon_days,
        "followup_days": known.measure.followup_days,
        "before_days": known.measure.before_days,
        "oldest_days": known.measure.oldest_days,
    }


def shares() -> dict[str, float]:
    """Shares of customers from whom everything, and of a campaign's from whom its offers, are withheld."""
    decide = parameters.load().decide
    return {"holdout_rate": decide.holdout_rate, "control_rate": decide.campaign_control_rate}


def deductions() -> dict[str, float]:
    """What deciding takes off an effect, and the least that then makes an offer worth sending."""
    decide = parameters.load().decide
    return {name: getattr(decide, name) for name in ("pull_forward_rate", "message_cost", "min_expected_margin")}


def money_terms() -> dict[str, Any]:
    return {"default_margin_rate": parameters.load().shop.default_margin_rate} | discount_terms()


def read(name: str, terms: dict[str, Any]) -> pd.DataFrame:
    """The rows of a query of queries/, which takes of the terms those it names."""
    sql = (
        (QUERIES / f"{name}.sql")
        .read_text()
        .format(discounts=DISCOUNTS, lines=(QUERIES / "lines.sql").read_text(), is_shown=is_shown())
    )
    used = {key: value for key, value in terms.items() if f"${key}" in sql}
    return tables.read(sql, used).to_pandas(date_as_object=True)
