"""E-mail addresses and telephone numbers in free text: how they are told, and how they are kept out of every file."""

EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+[.][A-Za-z]"
TELEPHONE = "|".join((
    r"[+][0-9][0-9 ()/-]{7,}[0-9]",  # +49 30 1234567
    r"[(]?[0-9]{3}[)]?[ .-][0-9]{3}[ .-][0-9]{4}",  # (555) 123-4567
    r"(^|[^0-9])0[0-9]{2,4}[ /-][0-9]{6,8}($|[^0-9])",  # 0171 1234567
))  # fmt: skip
DIGITS_AND_SIGNS = r"^[+(]?[0-9][0-9 ()/.-]{6,}[0-9]$"
SHORTEST_TELEPHONE = 10  # characters of the shortest number TELEPHONE finds
REMOVED = "[removed]"


def looks_personal(value: str) -> str:
    """SQL condition: a text holds an e-mail address or a telephone number. Most texts are too short or have no @.

    >>> print(looks_personal("query")[:63])
    (contains(query, '@') and regexp_matches(query, '[A-Za-z0-9._%+
    """
    return (
        f"(contains({value}, '@') and regexp_matches({value}, '{EMAIL}')"
        f" or length({value}) >= {SHORTEST_TELEPHONE} and regexp_matches({value}, '{TELEPHONE}'))"
    )


def masked(value: str) -> str:
    """SQL for a text without what is personal in it."""
    return f"if({looks_personal(value)}, '{REMOVED}', {value})"


def masked_misfit(value: str, typed: str) -> str:
    """The same for a value that should be a number or a date and is not: a number to dial may stand there as digits."""
    misplaced = f"({typed} is null and regexp_matches({value}, '{DIGITS_AND_SIGNS}'))"
    return f"if({misplaced} or {looks_personal(value)}, '{REMOVED}', {value})"
