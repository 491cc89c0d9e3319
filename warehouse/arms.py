"""The arms of an experiment by name, and which of them are withheld: assigned, logged and never shown to anybody.

The dbt macro `withheld_arms` (dbt_project/macros/arms.sql) says the same to SQL models; a test holds them together.
"""

TREATMENT, EXPLORATION, HOLDOUT, CONTROL = "treatment", "exploration", "holdout", "control"
ARMS = (TREATMENT, EXPLORATION, HOLDOUT, CONTROL)
WITHHELD = (HOLDOUT, CONTROL)


def is_shown(arm: str = "arm") -> str:
    """SQL for rows that were shown; a row without an arm was, because nobody drew lots.

    >>> is_shown("exposures.arm")
    "coalesce(exposures.arm not in ('holdout', 'control'), true)"
    """
    return f"coalesce({arm} not in {WITHHELD}, true)"
