"""Customers over whom a lot was drawn, small enough to compare by hand."""

from typing import Any

import pandas as pd

from ml.measuring.effects import Reading

READING = Reading(confidence=0.95, least_customers=2, planned_customers=100)


def units(shown: list[float], withheld: list[float], cost: float = 0.0, **changes: Any) -> pd.DataFrame:
    """One customer per amount of revenue, a quarter of it margin in scope; who was shown used `cost` of discount."""
    amounts = pd.Series([*shown, *withheld], dtype=float)
    is_shown = pd.Series([True] * len(shown) + [False] * len(withheld), dtype=bool)
    facts = {
        "origin": "platform",
        "campaign_id": "C",
        "offer_id": "",
        "offer_type": None,
        "customer_id": [f"{number:03}" for number in range(len(amounts))],
        "arm": is_shown.map({True: "treatment", False: "control"}),
        "chosen_by": "treatment",
        "is_shown": is_shown,
        "shown_probability": 0.5,
        "is_idle": False,
        "days_looked": 30,
        "is_closed": True,
        "is_followed_up": True,
        "orders_before": 0.0,
        "margin_before": 0.0,
        "orders": 1.0,
        "revenue": amounts,
        "margin_in_scope": amounts / 4,
        "margin_of_substitutes": 0.0,
        "margin_elsewhere": 0.0,
        "followup_margin": 0.0,
        "redemptions": is_shown.astype(float),
        "cost": is_shown * cost,
    }
    return pd.DataFrame(facts | changes, index=amounts.index)
