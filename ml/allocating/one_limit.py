"""One limit over all customers: walk every customer's efficient frontier at once until the limit is reached.

Sinha and Zoltners (1979, The Multiple-Choice Knapsack Problem): upgrades are taken in the order of value per unit of
usage, and the first that does not fit ends the walk. So a larger limit only walks further; what fits into the
remainder is worth less than the next step of the walk, hence a larger limit never earns less.
"""

import numpy as np

from ml.allocating.book import Answer, Book, answer, take_customers
from ml.allocating.fill import NOBODY, Changes, best_two
from ml.allocating.moves import Moves, gain_of, join_moves, list_drops, list_moves, tabulate
from ml.allocating.problem import FloatArray, IntArray

DOUBLINGS = 200
HALVINGS = 200
FILLABLE_PAIRS = 1_000_000  # with more, what a last change adds is a millionth of the value


def meet_one_limit(book: Book) -> tuple[IntArray, FloatArray, float] | None:
    """Chosen places, price and bound in units; None where no price keeps to the limit, so no choice does."""
    free = answer(book, np.zeros(1))
    if free.use[0] <= book.rows.limit[0]:
        return free.places, np.zeros(1), free.bound
    enough = find_price(book, free)
    if enough is None:
        return None
    low, high, differing = close_in(book, enough)
    prices = np.array([high])
    within = answer(book, prices)
    places = walk(book, within, np.array([low]), differing)
    return fill(book, places), prices, within.bound


def find_price(book: Book, free: Answer) -> float | None:
    """A price at which all customers together keep to the limit."""
    price = max(free.value, 1.0) / max(abs(float(book.rows.limit[0])), float(free.use[0]), 1.0)
    for _ in range(DOUBLINGS):
        if answer(book, np.array([price])).use[0] <= book.rows.limit[0]:
            return price
        price *= 8
    return None


def close_in(book: Book, high: float) -> tuple[float, float, IntArray]:
    """Neighbouring prices on both sides of the limit, and the customers who choose differently at them.

    Usage falls with the price for every customer, so who uses the same at both ends is settled in between: the work
    halves with the interval.
    """
    low, settled = 0.0, 0.0
    customers = np.arange(len(book.slots.customer))
    over, within = use_by_customer(book, low), use_by_customer(book, high)
    for _ in range(HALVINGS):
        differ = over != within
        if differ.mean() < 0.7:
            settled += float(within[~differ].sum())
            book, _ = take_customers(book, np.flatnonzero(differ))
            customers, over, within = customers[differ], over[differ], within[differ]
        middle = (low + high) / 2
        if middle in (low, high):
            break
        use = use_by_customer(book, middle)
        if settled + use.sum() > book.rows.limit[0]:
            low, over = middle, use
        else:
            high, within = middle, use
    return low, high, customers[over != within]


def use_by_customer(book: Book, price: float) -> FloatArray:
    places = answer(book, np.array([price])).places
    return sum_by_customer(book, places, use_at(book, places))


def use_at(book: Book, places: IntArray) -> FloatArray:
    (column,) = book.rows.columns
    return column.usage[places] * column.incidence.toarray()[column.code[places], 0]


def sum_by_customer(book: Book, places: IntArray, amounts: FloatArray) -> FloatArray:
    return np.bincount(book.slots.customer_at(places), amounts, len(book.slots.customer)).astype(float)


def walk(book: Book, within: Answer, low: FloatArray, differing: IntArray) -> IntArray:
    """Upgrade differing customers from the dearer price's choice to the cheaper one's, best value per usage first."""
    part, origin = take_customers(book, differing)
    upgraded = origin[answer(part, low).places]
    is_differing = np.zeros(len(book.slots.customer), dtype=bool)
    is_differing[differing] = True
    present = within.places[is_differing[book.slots.customer_at(within.places)]]
    gain = (
        sum_by_customer(book, upgraded, book.value[upgraded]) - sum_by_customer(book, present, book.value[present])
    )[differing]
    use = (
        sum_by_customer(book, upgraded, use_at(book, upgraded)) - sum_by_customer(book, present, use_at(book, present))
    )[differing]
    order = np.lexsort((book.slots.customer[differing], use, -gain / use))
    left = book.rows.limit[0] - within.use[0]
    steps = int(np.searchsorted(np.cumsum(use[order]), left, side="right"))
    moves = np.zeros(len(is_differing), dtype=bool)
    moves[differing[order[:steps]]] = True
    stays = within.places[~moves[book.slots.customer_at(within.places)]]
    return np.concatenate((stays, upgraded[moves[book.slots.customer_at(upgraded)]]))


def fill(book: Book, places: IntArray) -> IntArray:
    """Make the two changes that add most among all that fit into what is left."""
    if len(book.value) > FILLABLE_PAIRS:
        return places
    left = float(book.rows.limit[0] - book.rows.use_of(places)[0])
    table = tabulate(book, places)
    moves = join_moves([no_move(), list_moves(book, table, unchosen(book, places)), list_drops(table)])
    gain, use = gain_of(book, moves), moves_use(book, moves.into) - moves_use(book, moves.out)
    code = np.where(moves.customer >= 0, book.slots.customer[moves.customer], NOBODY)
    order = np.lexsort((moves.out, moves.into, code, -gain, use))
    made = moves.take(order[best_two(Changes(gain[order], use[order], moves.customer[order]), left)])
    kept = places[~np.isin(places, made.out)]
    return np.concatenate((kept, made.into[made.into >= 0]))


def no_move() -> Moves:
    return Moves(*(np.array([NOBODY]) for _ in range(3)))


def moves_use(book: Book, places: IntArray) -> FloatArray:
    use = np.zeros(len(places))
    use[places >= 0] = use_at(book, places[places >= 0])
    return use


def unchosen(book: Book, places: IntArray) -> IntArray:
    is_free = np.ones(len(book.value), dtype=bool)
    is_free[places] = False
    return np.flatnonzero(is_free)
