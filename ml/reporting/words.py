"""Numbers as people read them: separators, a unit and, for estimates, an interval."""

import math
from datetime import date, datetime

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
UNKNOWN = "not known"


def is_known(value: object) -> bool:
    return (
        value is not None and not (isinstance(value, float) and math.isnan(value)) and str(value) not in ("NaT", "<NA>")
    )


def count(number: float) -> str:
    """
    >>> count(2469)
    '2,469'
    """
    return f"{number:,.0f}" if is_known(number) else UNKNOWN


def plural(number: float, noun: str, nouns: str = "") -> str:
    """
    >>> plural(1, "offer"), plural(2, "offer"), plural(1200, "category", "categories")
    ('1 offer', '2 offers', '1,200 categories')
    """
    return f"{count(number)} {noun if number == 1 else nouns or noun + 's'}"


def share(rate: float, digits: int | None = None) -> str:
    """A rate in 0-1 as percent; small ones keep a decimal.

    >>> share(0.731), share(0.0312), share(0.5, 1), share(0.00002)
    ('73%', '3.1%', '50.0%', 'under 0.1%')
    """
    if not is_known(rate):
        return UNKNOWN
    if 0 < rate < 0.0005:
        return "under 0.1%"
    places = digits if digits is not None else 1 if 0 < abs(rate) < 0.0995 else 0
    return f"{100 * rate:.{places}f}%"


def rate(part: float, whole: float) -> str:
    """A part of a whole as percent.

    >>> rate(1, 3), rate(0, 0)
    ('33%', '0%')
    """
    return share(part / whole) if whole else "0%"


def share_range(low: float, high: float) -> str:
    """
    >>> share_range(0.034, 0.121)
    '3.4% to 12.1%'
    """
    digits = 1 if min(abs(low), abs(high)) < 0.0995 else 0
    return f"{share(low, digits)} to {share(high, digits)}" if is_known(low) and is_known(high) else UNKNOWN


def money(amount: float, currency: str) -> str:
    r"""
    >>> money(1234.5, "USD"), money(-3.456, "USD"), money(12, "CHF"), money(0.003, "USD")
    ('$1,234', '−$3.46', 'CHF\xa012.00', 'under $0.01')
    """
    if not is_known(amount):
        return UNKNOWN
    symbol = SYMBOLS.get(currency, f"{currency}\u00a0")
    size = abs(float(amount))
    if 0 < size < 0.005:
        return f"{'−' if amount < 0 else ''}under {symbol}0.01"
    return f"{'−' if amount < 0 else ''}{symbol}{size:,.{0 if size >= 1000 else 2}f}"


def money_range(low: float, high: float, currency: str) -> str:
    """
    >>> money_range(3, 5.5, "USD")
    '$3.00 to $5.50'
    """
    return f"{money(low, currency)} to {money(high, currency)}"


def decimals(number: float, digits: int = 3) -> str:
    """
    >>> decimals(0.81849), decimals(float("nan"))
    ('0.818', 'not known')
    """
    return f"{number:,.{digits}f}" if is_known(number) else UNKNOWN


def duration(seconds: float) -> str:
    """
    >>> duration(4.26), duration(125), duration(0.04)
    ('4.3 s', '2 min 05 s', 'under 0.1 s')
    """
    if seconds < 0.05:
        return "under 0.1 s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def long_day(day: date) -> str:
    """
    >>> long_day(date(2017, 11, 27))
    'Monday 27 November 2017'
    """
    return f"{day:%A} {day.day} {day:%B %Y}"


def short_day(day: date | datetime) -> str:
    """
    >>> short_day(date(2017, 12, 3))
    '3 Dec 2017'
    """
    return f"{day.day} {day:%b %Y}" if is_known(day) else UNKNOWN


def listing(words: list[str]) -> str:
    """
    >>> listing(["stock"]), listing(["events", "ratings", "stock"])
    ('stock', 'events, ratings and stock')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else "none"
