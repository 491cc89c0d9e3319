"""Model cards as the run report reads them."""

from math import isnan

from ml.reporting import cards, learned, names


def test_a_part_that_nobody_was_in_is_shown_as_not_measured() -> None:
    """A small shop may have no customers of a part: the card then holds nothing for its recall and its floor."""
    known, empty = list(names.PARTS)[:2]
    measured = {"value": 0.2, "low": 0.1, "high": 0.3, "floor": 0.15, "candidate": "popular"}
    nothing = dict.fromkeys(("value", "low", "high", "floor")) | {"candidate": "popular"}
    card = cards.Card(
        {
            "parts": {known: "popular", empty: "popular"},
            "metrics": {f"recall_{known}": measured, f"recall_{empty}": nothing},
        }
    )
    first, second = card.parts
    assert first.floor == 0.15
    assert isnan(second.floor)
    assert learned.part_figure(card) is not None
