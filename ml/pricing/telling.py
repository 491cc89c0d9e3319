"""What is recommended, and why, in one sentence per product."""

from collections.abc import Hashable, Mapping

import pandas as pd


def reasons(found: pd.DataFrame) -> list[str]:
    """A sentence for each recommendation (a row of recommend_prices)."""
    return [tell(row) for row in found.to_dict(orient="records")]


def tell(row: Mapping[Hashable, object]) -> str:
    """
    >>> tell({"action": "keep", "is_identified": False, "bound_by": "not identified"})
    'Keep: how units answer to the price is not identified.'
    """
    if row["action"] == "keep":
        return f"Keep: {why_kept(str(row['bound_by']), bool(row['is_identified']))}."
    verb = str(row["action"]).capitalize()
    if not row["is_identified"]:
        return f"{verb}: forced by {row['bound_by']}; how units answer is not identified."
    gain, low, high = (row[f"expected_margin_gain_{one}"] for one in ("per_week", "low", "high"))
    sentence = f"{verb} by {abs(number(row['change_rate'])):.1%}: {gain:+.2f} margin a week ({low:+.2f} to {high:+.2f})"
    return f"{sentence}; stopped by {row['bound_by']}." if row["bound_by"] != "nothing" else f"{sentence}."


def why_kept(bound_by: str, is_identified: bool) -> str:
    if bound_by == "time between changes":
        return "the last change is too young"
    if not is_identified:
        return "how units answer to the price is not identified"
    if bound_by == "gain not certain":
        return "no other allowed price surely earns more"
    return "no allowed price is better" + (f"; stopped by {bound_by}" if bound_by != "nothing" else "")


def number(value: object) -> float:
    return float(str(value))
