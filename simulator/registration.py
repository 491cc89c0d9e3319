"""What people write into the registration form: names, addresses and telephones of nobody, for ingest to hide.

Names are made of syllables, places are invented. E-mail addresses end on example.com, .org or .net, which RFC 2606
keeps for examples. Telephone numbers start with +86 100: no mobile network of China has a number that starts with 100
(they start with 13 to 19), and as a Beijing number (area code 10) it has a digit too many.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

GIVEN = ("Lu", "Mei", "Ta", "Ren", "So", "Ya", "Bo", "Ke", "Ni", "Fen", "Ou", "Li")
GIVEN_END = ("lan", "ra", "xi", "mo", "ven", "jun", "tia", "shu", "nor", "wei", "di", "sa")
FAMILY = ("Quan", "Zhel", "Hong", "Tarv", "Sheng", "Wurl", "Lian", "Brak", "Yun", "Morv", "Chan", "Pell")
FAMILY_END = ("ye", "ton", "ling", "ba", "shi", "mar", "fu", "dell", "ko", "wan", "ter", "ping")
STREETS = (
    "Lantern",
    "Willow",
    "Harbour",
    "Orchid",
    "Silk",
    "Bridge",
    "Cedar",
    "Pagoda",
    "Heron",
    "Mill",
    "Jade",
    "Tea",
)
WAYS = ("Road", "Lane", "Street", "Alley", "Avenue")
DISTRICTS = ("Upper Town", "Lower Town", "Old Quay", "North Gate", "East Field", "Garden District")
CITIES = ("Lanshui", "Morwan", "Qiaotou Bay", "Belling", "Shanmere", "Tarvo")
DOMAINS = ("example.com", "example.org", "example.net")
HOUSES, FLATS = 400, 60
SHARE_ADDRESS = np.array([True, False, True])  # of rings 0, 1, 2 and so on; device and purse are the household's
SCRAMBLE = 668_265_263  # odd: times it, modulo a power of two, no two numbers become the same
NUMBERS = 2**40


def register(rng: np.random.Generator, count: int, first_number: int, ring: np.ndarray | None = None) -> pa.Table:
    """Registrations of `count` people numbered from `first_number`.

    `ring` holds the number of the ring each belongs to, below 0 for none. Two of three rings share an address; it
    depends on their number alone: people who register on different days share it too.
    """
    numbers = np.arange(first_number, first_number + count)
    rings = np.full(count, -1) if ring is None else np.asarray(ring, dtype=np.int64)
    name, email = draw_names(rng, numbers)
    is_shared = (rings >= 0) & SHARE_ADDRESS[np.maximum(rings, 0) % len(SHARE_ADDRESS)]
    return pa.table(
        {
            "name": name,
            "email": email,
            "phone": digits(numbers, "+86100", 8),
            "address": addresses(np.where(is_shared, -1 - rings, rng.integers(0, NUMBERS, count))),
        }
    )


def scramble(numbers: np.ndarray) -> np.ndarray:
    """Numbers below `NUMBERS` without their order; two different ones stay different."""
    return (numbers * SCRAMBLE) % NUMBERS


def digits(numbers: np.ndarray, prefix: str, width: int) -> pa.StringArray:
    """
    >>> digits(np.array([1, 23]), "+86100", 8).to_pylist()
    ['+8610000000001', '+8610000000023']
    """
    padded = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, padded, "")


def words(choices: tuple[str, ...], chosen: np.ndarray) -> pa.StringArray:
    return pa.array(choices).take(pa.array(chosen))


def draw_names(rng: np.random.Generator, numbers: np.ndarray) -> tuple[pa.StringArray, pa.StringArray]:
    """Full names, and e-mail addresses made of them and the person's number."""
    parts = [
        words(choices, rng.integers(0, len(choices), len(numbers)))
        for choices in (GIVEN, GIVEN_END, FAMILY, FAMILY_END)
    ]
    given = pc.binary_join_element_wise(*parts[:2], "")
    family = pc.binary_join_element_wise(*parts[2:], "")
    domain = words(DOMAINS, rng.integers(0, len(DOMAINS), len(numbers)))
    box = pc.binary_join_element_wise(
        pc.utf8_lower(given), pc.utf8_lower(family), pa.array(numbers).cast(pa.string()), "."
    )
    return pc.binary_join_element_wise(given, family, " "), pc.binary_join_element_wise(box, domain, "@")


def addresses(seeds: np.ndarray) -> pa.StringArray:
    """A postal address for each number, the same for the same."""
    parts = (FLATS, HOUSES, len(STREETS), len(WAYS), len(DISTRICTS), len(CITIES))
    flat, house, street, way, district, city = np.unravel_index(scramble(seeds * SCRAMBLE) % np.prod(parts), parts)
    return pc.binary_join_element_wise(
        pc.binary_join_element_wise("Flat ", pa.array(flat + 1).cast(pa.string()), ""),
        pc.binary_join_element_wise(
            pa.array(house + 1).cast(pa.string()), words(STREETS, street), words(WAYS, way), " "
        ),
        words(DISTRICTS, district),
        words(CITIES, city),
        ", ",
    )
