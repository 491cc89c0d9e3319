"""Exploration: one offer per place drawn from a softened policy, as far as a purse pays, with exact chances.

Explorers draw one after the other. Whether an offer is open to a customer depends on what the purse holds at the
customer's turn, which is fixed once the turns before it are over: the chances are exact given those turns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.allocation import BoolArray, Candidates, FloatArray, IntArray, Limits, rank_within

Trail = list[tuple[int, int, float]]


@dataclass(frozen=True)
class Softening:
    """How exploration draws: among how many of a customer's best candidates, how evenly, and from which value on.

    `floor` is the least value in currency an explored offer may have; below zero, what was believed to lose a little
    may turn out to earn.
    """

    candidates: int
    temperature: float
    floor: float = 0.0


@dataclass(frozen=True)
class Lot:
    """One draw: at its turn an explorer gets one of the entries start..end by a ticket in [0, 1)."""

    turn: int
    ticket: float
    start: int
    end: int


def stratify(candidates: Candidates, softening: Softening, places: IntArray) -> IntArray:
    """The place (from 0) in which each of n pairs competes in its customer's draw; -1 where it does not.

    `places` has the number of places of each customer. A customer's best pairs at or above the floor compete. Whole
    scopes are dealt to the places in turn, best scope first, so that one offer per place never repeats a scope.
    """
    best_first = np.lexsort((candidates.offer, -candidates.value, candidates.customer))
    best_first = best_first[candidates.value[best_first] >= softening.floor]
    best_first = best_first[rank_within(candidates.customer[best_first]) < softening.candidates]
    owner = candidates.customer[best_first]
    scope = owner * (candidates.scope.max(initial=0) + 1) + candidates.scope[best_first]
    heads = rank_within(scope) == 0
    dealt = rank_within(owner[heads]) % np.maximum(places[owner[heads]], 1)
    by_scope = np.argsort(scope[heads])
    competes_for = np.full(len(candidates), -1, dtype=np.int64)
    competes_for[best_first] = dealt[by_scope][np.searchsorted(scope[heads][by_scope], scope)]
    return competes_for


def weigh(candidates: Candidates, competes_for: IntArray, softening: Softening) -> FloatArray:
    """The weight of each of n pairs in its place: exp((u - 1) / temperature), 0 where the pair competes for none.

    u is how far the value lies on the way from the floor (0) to the customer's best value (1), so that the weights
    mean the same whether values are large, tiny or negative.

    >>> pairs = Candidates(*np.zeros((4, 3), dtype=int), value=np.array([-0.1, -0.1, -0.2]), cost=np.ones(3))
    >>> weigh(pairs, np.array([0, 0, 0]), Softening(3, temperature=0.5, floor=-0.2)).round(3).tolist()
    [1.0, 1.0, 0.135]
    """
    competes = np.flatnonzero(competes_for >= 0)
    owner, height = candidates.customer[competes], candidates.value[competes] - softening.floor
    best = np.zeros(int(candidates.customer.max(initial=-1)) + 1)
    np.maximum.at(best, owner, height)
    share = np.divide(height, best[owner], out=np.ones_like(height), where=best[owner] > 0)
    weight = np.zeros(len(candidates))
    weight[competes] = np.exp((share - 1) / softening.temperature)
    return weight


def closing_turns(trail: Trail, codes: IntArray, need: FloatArray) -> FloatArray:
    """The turn after which less was left than each entry needs; infinity where that never happened.

    >>> trail = [(3, 0, 5.0), (8, 0, 1.0)]
    >>> closing_turns(trail, np.array([0, 0, 0, 1]), np.array([0.5, 2.0, 6.0, 2.0])).tolist()
    [inf, 8.0, 3.0, inf]
    """
    closing = np.full(len(codes), np.inf)
    if not trail:
        return closing
    turns, touched, left = (np.array(column) for column in zip(*trail, strict=True))
    for code in np.unique(touched):
        rows = np.flatnonzero(codes == code)
        steps = touched == code
        first_short = np.searchsorted(-left[steps], -need[rows], side="right")
        closing[rows] = np.append(turns[steps], np.inf)[first_short]
    return closing


class Purse:
    """Money per campaign and copies per offer, and how they shrink from turn to turn."""

    def __init__(self, left: Limits) -> None:
        self.opening = left.campaign_budget.astype(float), left.offer_copies.astype(float)
        self.budget, self.copies = self.opening[0].tolist(), self.opening[1].tolist()
        self.money_trail: Trail = []
        self.copies_trail: Trail = []

    def pays(self, campaign: int, offer: int, need: float) -> bool:
        return need <= self.budget[campaign] and self.copies[offer] >= 1

    def take(self, turn: int, campaign: int, offer: int, cost: float) -> None:
        self.budget[campaign] -= cost
        self.copies[offer] -= 1
        self.money_trail.append((turn, campaign, self.budget[campaign]))
        self.copies_trail.append((turn, offer, self.copies[offer]))

    def paid_at(self, turn: IntArray, campaign: IntArray, offer: IntArray, need: FloatArray) -> BoolArray:
        """Whether each entry was open at its turn, once all turns are over."""
        is_open = (need <= self.opening[0][campaign]) & (self.opening[1][offer] >= 1)
        is_open &= turn <= closing_turns(self.money_trail, campaign, need)
        return is_open & (turn <= closing_turns(self.copies_trail, offer, np.ones(len(offer))))


class Round:
    """One day's explorers drawing in turn; a pair is open while the purse could pay for it in every place of the turn.

    What is withheld from an explorer (`is_withheld`, over the pairs) is drawn like the rest and takes nothing.
    """

    def __init__(self, pairs: Candidates, places: IntArray, left: Limits, softening: Softening) -> None:
        self.pairs = pairs
        self.competes_for = stratify(pairs, softening, places)
        self.weight = weigh(pairs, self.competes_for, softening)
        self.need = places[pairs.customer] * pairs.cost
        self.purse = Purse(left)
        self.most_places = int(self.competes_for.max(initial=0)) + 1
        self.place = pairs.customer * self.most_places + self.competes_for

    def line_up(self, explorers: IntArray, turns: IntArray, tickets: FloatArray) -> tuple[IntArray, list[Lot]]:
        """The explorers' competing pairs in an order in which every lot is a span, and the lots in turn.

        `tickets` has a number in [0, 1) per explorer and place.
        """
        rows = np.flatnonzero((self.competes_for >= 0) & np.isin(self.pairs.customer, explorers))
        rows = rows[np.lexsort((self.pairs.offer[rows], self.place[rows]))]
        wanted = (explorers[:, None] * self.most_places + np.arange(self.most_places)).ravel()
        starts, ends = np.searchsorted(self.place[rows], wanted), np.searchsorted(self.place[rows], wanted + 1)
        turn = np.repeat(turns[explorers], self.most_places)
        columns = (column.tolist() for column in (turn, tickets.ravel(), starts, ends))
        lots = [Lot(*row) for row in zip(*columns, strict=True)]
        return rows, sorted((lot for lot in lots if lot.end > lot.start), key=lambda lot: (lot.turn, lot.start))

    def serve(self, rows: IntArray, lots: Sequence[Lot], is_withheld: BoolArray) -> BoolArray:
        """Let the explorers draw; marks the pairs they got. All places of a turn see the purse as the turn begins."""
        drawer = Drawer(self, rows)
        is_drawn, turn, in_hand = np.zeros(len(self.pairs), dtype=bool), -1, list[int]()
        for lot in lots:
            if lot.turn != turn:
                drawer.pay(turn, in_hand, is_withheld)
                turn, in_hand = lot.turn, []
            got = drawer.draw(lot)
            is_drawn[got] = True
            in_hand += got
        drawer.pay(turn, in_hand, is_withheld)
        return is_drawn

    def chances(self, turns: IntArray) -> FloatArray:
        """Probability of each pair under the softened policy at its customer's turn, once all turns are over."""
        rows = np.flatnonzero(self.competes_for >= 0)
        pairs = self.pairs.take(rows)
        is_open = self.purse.paid_at(turns[pairs.customer], pairs.campaign, pairs.offer, self.need[rows])
        weight = self.weight[rows] * is_open
        total = np.bincount(self.place[rows], weight)[self.place[rows]]
        probability = np.zeros(len(self.pairs))
        probability[rows] = np.divide(weight, total, out=np.zeros(len(rows)), where=is_open)
        return probability


class Drawer:
    """The hand that draws: plain lists, because a million small draws are quicker without arrays."""

    def __init__(self, game: Round, rows: IntArray) -> None:
        pairs = game.pairs.take(rows)
        self.purse, self.rows, self.weight = game.purse, rows.tolist(), game.weight[rows].tolist()
        self.need, self.cost = game.need[rows].tolist(), pairs.cost.tolist()
        self.campaign, self.offer = pairs.campaign.tolist(), pairs.offer.tolist()
        self.position = {row: position for position, row in enumerate(self.rows)}

    def draw(self, lot: Lot) -> list[int]:
        """The pair on which the ticket falls on the running sum of the open weights; none where none is open."""
        span = range(lot.start, lot.end)
        is_open = [one for one in span if self.purse.pays(self.campaign[one], self.offer[one], self.need[one])]
        mark = lot.ticket * sum(self.weight[one] for one in is_open)
        for one in is_open:
            mark -= self.weight[one]
            if mark < 0:
                return [self.rows[one]]
        return [self.rows[is_open[-1]]] if is_open else []

    def pay(self, turn: int, drawn: Sequence[int], is_withheld: BoolArray) -> None:
        for row in drawn:
            if not is_withheld[row]:
                one = self.position[row]
                self.purse.take(turn, self.campaign[one], self.offer[one], self.cost[one])
