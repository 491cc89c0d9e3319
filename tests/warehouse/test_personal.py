"""E-mail addresses and telephone numbers in free text are told from what people search for."""

import duckdb
import pytest

from warehouse.personal import looks_personal, without_personal

PERSONAL = [
    "13812345678",
    "138-1234-5678",
    "138 1234 5678",
    "电话13812345678",
    "06 12 34 56 78",
    "06.12.34.56.78",
    "0612345678",
    "01512345678",
    "015112345678",
    "0171 1234567",
    "079 123 45 67",
    "020 7946 0958",
    "4155550132",
    "call 4155550132 please",
    "(555) 123-4567",
    "+49 30 1234567",
    "jürgen@müller.de",
    "anna@example.org",
    "write to anna.maria+shop@mail.example.co.uk.",
    "李雷@例子.中国",
]
ORDINARY = [
    "red shoes",
    "4006381333931",  # EAN
    "9783161484100",  # ISBN
    "012345678905",  # UPC
    "12345678",
    "1234567890123456",
    "10 12 14",
    "36 38 40 42 44",
    "08 10 12 14",
    "0.75 l",
    "19.99",
    "1,299.00",
    "2024",
    "2023 2024 2025",
    "2024-05-01",
    "2024-05-01 10:00:00",
    "01.05.2024",
    "1920x1080",
    "iphone 15 256 gb",
    "205/55 r16",
    "socks 39-42",
    "100 200 300",
    "size 10 @ home",
    "2@1.5kg",
    "@nike",
    "lego 10294 75192",
    "din 912 m8x20",
]


def is_found(text: str) -> bool:
    return bool(duckdb.execute(f"select {looks_personal('$1')}", [text]).fetchall()[0][0])


@pytest.mark.parametrize("text", PERSONAL)
def test_what_reaches_a_person_is_found(text: str) -> None:
    assert is_found(text)


@pytest.mark.parametrize("text", ORDINARY)
def test_what_people_search_for_is_not(text: str) -> None:
    assert not is_found(text)


@pytest.mark.parametrize("text", PERSONAL)
def test_a_sentence_goes_without_it(text: str) -> None:
    sentence = without_personal(f"Could not convert string '{text}' to INT32")
    assert "[removed]" in sentence
    assert sentence.endswith("to INT32")
    assert not is_found(sentence)


@pytest.mark.parametrize("text", ORDINARY)
def test_a_sentence_without_it_stays_what_it_is(text: str) -> None:
    assert without_personal(f"Could not convert string '{text}' to INT32").count(text) == 1
