"""Promotions of the day picked as examples, each with its reasons."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from ml.reporting import names
from ml.reporting.data import rows_of
from ml.reporting.facts import Facts
from ml.reporting.page import Mark, Promotion, Promotions, Section
from ml.reporting.words import money, plural, share, short_day


def show_promotions(facts: Facts) -> Section:
    picked = facts.frames.promotions
    title = f"{plural(len(picked), 'promotion')}, and why" if len(picked) else "A few promotions, and why"
    if picked.empty:
        return Section("examples", title, "Not available because no promotion is in the tables of this day.")
    return Section(
        anchor="examples",
        title=title,
        takeaway=(
            "Picked at random, every campaign in its turn: chance of use from "
            f"{share(picked['propensity'].min())} to {share(picked['propensity'].max())}."
        ),
        explanation=(
            "The pick is the same whenever this day is run again. Chance of use, cost and margin are estimates, and "
            f"the margin rests on an assumption: {facts.margin_assumption}. {what_decided(facts)} "
            f"Times are those of {facts.time_zone.replace('_', ' ')}."
        ),
        blocks=(Promotions(tuple(promotion(row, facts) for row in rows_of(picked))),),
    )


def promotion(row: Any, facts: Facts) -> Promotion:
    currency = facts.currency
    reasons = tuple(reason.strip() for reason in (row.reasons or "").split(";") if reason.strip())
    return Promotion(
        customer=f"Customer {row.customer_id} · {names.campaign(row.campaign_id).lower()}",
        title=row.title or row.offer_id,
        figures=(
            ("Chance of use", share(row.propensity)),
            ("Margin (assumed rate)", money(row.margin, currency)),
            *extra_margin(row.extra_margin, currency),
            ("Cost", money(row.cost, currency)),
            ("Usable until", short_day(row.valid_until)),
            ("To be sent", sending(row.channel, row.send_at, facts.time_zone)),
        ),
        reasons=reasons or ("No reason was recorded",),
        mark=Mark("Drawn by lot", "quiet") if row.arm == "exploration" else None,
    )


def what_decided(facts: Facts) -> str:
    if facts.totals.extra_margin is None:
        return (
            "Expected uplift, what the offer itself changes, is not known: nobody drew lots over who is shown offers."
        )
    return "Extra margin is what the offer itself changes, less what it costs: the average of customers like this one."


def extra_margin(amount: float | None, currency: str) -> tuple[tuple[str, str], ...]:
    return () if pd.isna(amount) else (("Extra margin", money(amount, currency)),)


def sending(channel: str, moment: datetime, time_zone: str) -> str:
    """
    >>> sending("mail", datetime(2017, 11, 27, 22), "America/New_York")
    'mail, 27 Nov at 17:00'
    """
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(time_zone))
    return f"{channel}, {local.day} {local:%b} at {local:%H:%M}"
