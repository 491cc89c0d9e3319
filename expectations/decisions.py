"""The gate of the decisions: everybody once, within budgets and limits, the experiment intact, nothing personal."""

from math import sqrt

from expectations import known
from expectations.checks import Check, count, measure, share_outside, skip
from expectations.rules import DECIDE, PREVIOUS_RUN_DAYS
from expectations.run import Run

NO_CONSENTS = "no rows: the source does not have this table"
NO_PREVIOUS = f"no previous run within {PREVIOUS_RUN_DAYS} days"
NOTHING_GIVEN = "nothing is given"
NO_PLANS = "no offer is active"
