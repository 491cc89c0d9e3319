"""Days as a person types them."""

import argparse
from datetime import date


def parse_day(text: str) -> date:
    """For argparse: 2017-11-27 as a date, or one sentence."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2017-11-27") from None
