"""E-mail addresses and telephone numbers in free text: how they are told, and how they are kept out of every file."""

import re

# Read alike by DuckDB (RE2) and by Python. Letters are those of any alphabet: told by what they are not.
EMAIL = r"[^\s@<>()\x22\x27,;:=/]+@[^\s@.<>()\x22\x27,;:=/]+[.][^\s@.0-9<>()\x22\x27,;:=/][^\s@<>()\x22\x27,;:=/]*"
TELEPHONE = "|".join((
    r"[+][0-9][0-9 ()/-]{7,}[0-9]",  # +49 30 1234567
    r"[(]?[0-9]{3}[)]?[ .-][0-9]{3}[ .-][0-9]{4}",  # (555) 123-4567
    r"(^|[^0-9])0[0-9]{2,4}[ /-][0-9]{6,8}($|[^0-9])",  # 0171 1234567
    r"\b1[3-9][0-9][ .-][0-9]{4}[ .-][0-9]{4}\b",  # 138 1234 5678
    r"\b0[1-9]([ .-][0-9]{2}){4}\b",  # 06 12 34 56 78
    r"\b0[0-9]{2,4}[ ./-][0-9]{3,4}[ .-]([0-9]{2}[ .-])?[0-9]{2,4}\b",  # 079 123 45 67, 020 7946 0958
))  # fmt: skip
# Without a sign length and first digits tell a number to dial from one of a product (an EAN has 13 digits).
DIGITS_ALONE = "|".join((
    r"\b1[3-9][0-9]{9}\b",  # 13812345678
    r"\b0[1-9][0-9]{8,9}\b",  # 01512345678, 0612345678
    r"\b01[5-7][0-9]{9}\b",  # 015112345678
    r"\b[2-9][0-9]{2}[2-9][0-9]{6}\b",  # 4155550132
))  # fmt: skip
DIGITS_AND_SIGNS = r"^[+(]?[0-9][0-9 ()/.-]{6,}[0-9]$"
SHORTEST_TELEPHONE = 10  # characters of the shortest number that is found
REMOVED = "[removed]"
PERSONAL = re.compile("|".join((EMAIL, TELEPHONE, DIGITS_ALONE)), re.ASCII)


def looks_personal(value: str) -> str:
    """SQL condition: a text holds an e-mail address or a telephone number. Most texts are too short or have no @.

    >>> print(looks_personal("query")[:58])
    (contains(query, '@') and regexp_matches(query, '[^\\s@<>()
    """
    return (
        f"(contains({value}, '@') and regexp_matches({value}, '{EMAIL}')"
        f" or length({value}) >= {SHORTEST_TELEPHONE} and regexp_matches({value}, '{TELEPHONE}|{DIGITS_ALONE}'))"
    )


def masked(value: str) -> str:
    """SQL for a text without what is personal in it."""
    return f"if({looks_personal(value)}, '{REMOVED}', {value})"


def masked_misfit(value: str, typed: str) -> str:
    """The same for a value that should be a number or a date and is not: a number to dial may stand there as digits."""
    misplaced = f"({typed} is null and regexp_matches({value}, '{DIGITS_AND_SIGNS}'))"
    return f"if({misplaced} or {looks_personal(value)}, '{REMOVED}', {value})"


def without_personal(sentence: str) -> str:
    """A sentence about values of the source, such as an error of its SQL.

    >>> without_personal("Could not convert string 'anna@müller.de' to INT32")
    "Could not convert string '[removed]' to INT32"
    """
    return PERSONAL.sub(REMOVED, sentence)
