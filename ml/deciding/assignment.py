"""Which customers are held out, which explore, and with what exact probability every assignment was drawn.

Every customer has a planned set of offers that does not depend on chance: ml/allocation.py plans for all customers
alike. Chance then decides the arm:

    holdout       with probability h               the planned set is logged and not sent
    exploration   with probability (1 - h) e       one offer per place is drawn from a softened policy s
    treatment     with probability (1 - h)(1 - e)  the planned set is sent

So offer j is sent to customer i with probability  (1 - h) * ((1 - e) * [j is planned for i] + e * s_ij),  and a planned
set is withheld with probability h. Explorers draw one after the other in a random order from a purse with the money the
plan left; s_ij knows what was left at the customer's turn, so it is exact given the turns before it, and inverse
probability weights built on it are unbiased (Robins 1986, sequential randomisation; Horvitz and Thompson 1952).
Chance is a keyed hash: the same key, run and customer give the same draw again.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.allocation import BoolArray, Candidates, FloatArray, IntArray, Limits, rank_within


@dataclass(frozen=True)
class Lottery:
    """Where chance comes from and how often it decides: rates are shares of customers."""

    key: bytes
    run_id: str
    holdout_rate: float
    exploration_rate: float


@dataclass(frozen=True)
class Softening:
    """How exploration draws: among how many of a customer's best candidates, and how evenly."""

    candidates: int
    temperature: float


@dataclass(frozen=True)
class Draw:
    """What chance decided, over the customers (is_held_out, explores) and the candidate pairs (the others).

    `is_drawn` marks what explorers got; `probability` is that of the pair being sent to the customer.
    """

    is_held_out: BoolArray
    explores: BoolArray
    is_drawn: BoolArray
    probability: FloatArray


def draw_uniforms(key: bytes, purpose: str, identities: Iterable[str]) -> FloatArray:
    """A number in [0, 1) per identity, fixed by the key, the purpose and the identity (HMAC-SHA256, RFC 2104).

    The first 53 bits of the digest are used, as many as a double holds. Without the key nobody can foresee or steer it.

    >>> draw_uniforms(b"key", "holdout", ["1", "2"]).round(4).tolist()
    [0.9091, 0.1952]
    """
    prefix = f"{purpose}:".encode()
    digests = (hmac.digest(key, prefix + identity.encode(), hashlib.sha256) for identity in identities)
    return np.array([(int.from_bytes(digest[:8], "big") >> 11) / 2**53 for digest in digests], dtype=float)


def hold_out(lottery: Lottery, customer_ids: Iterable[str]) -> BoolArray:
    """Membership of the permanent holdout: the same for a customer on every day and under every offer."""
    return draw_uniforms(lottery.key, "holdout", customer_ids) < lottery.holdout_rate


def stratify(candidates: Candidates, most: int, places: int) -> IntArray:
    """The place (0..places-1) in which each of n pairs competes in its customer's draw; -1 where it does not.

    Only a customer's best pairs of positive value compete, at most `most`. Whole scopes are dealt to the places in
    turn, best scope first, so that one offer per place never repeats a scope.
    """
    best_first = np.lexsort((candidates.offer, -candidates.value, candidates.customer))
    best_first = best_first[candidates.value[best_first] > 0]
    best_first = best_first[rank_within(candidates.customer[best_first]) < most]
    scope = (candidates.customer * (candidates.scope.max(initial=0) + 1) + candidates.scope)[best_first]
    heads = rank_within(scope) == 0
    dealt = rank_within(candidates.customer[best_first][heads]) % places
    by_scope = np.argsort(scope[heads])
    competes_for = np.full(len(candidates), -1, dtype=np.int64)
    competes_for[best_first] = dealt[by_scope][np.searchsorted(scope[heads][by_scope], scope)]
    return competes_for


def soften(candidates: Candidates, competes_for: IntArray, is_open: BoolArray, temperature: float) -> FloatArray:
    """Probability with which an explorer gets each of n pairs: a softmax within every customer's place.

    The weight of a pair is exp((value / best value of the customer - 1) / temperature); pairs that are not open or
    compete for no place have probability 0.

    >>> pairs = Candidates(*np.zeros((4, 3), dtype=int), value=np.array([2.0, 2.0, 1.0]), cost=np.ones(3))
    >>> soften(pairs, np.array([0, 0, 1]), np.array([True, True, True]), temperature=0.5).tolist()
    [0.5, 0.5, 1.0]
    """
    competes = competes_for >= 0
    best = np.zeros(int(candidates.customer.max(initial=-1)) + 1)
    np.maximum.at(best, candidates.customer[competes], candidates.value[competes])
    rows = np.flatnonzero(competes & is_open)
    weight = np.exp((candidates.value[rows] / best[candidates.customer[rows]] - 1) / temperature)
    place = candidates.customer[rows] * (int(competes_for.max(initial=0)) + 1) + competes_for[rows]
    probability = np.zeros(len(candidates))
    probability[rows] = weight / np.bincount(place, weight)[place]
    return probability


def closing_turns(trail: Sequence[tuple[int, int, float]], codes: IntArray, need: FloatArray) -> FloatArray:
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


def draw_places(probability: FloatArray, places: IntArray, tickets: FloatArray) -> IntArray:
    """One entry per place that has any probability: where the place's ticket in [0, 1) falls on the running sum.

    >>> draw_places(np.array([0.5, 0.5, 1.0]), np.array([0, 0, 1]), np.array([0.7, 0.1])).tolist()
    [1, 2]
    """
    drawn = []
    for place, ticket in enumerate(tickets):
        rows = np.flatnonzero((places == place) & (probability > 0))
        if len(rows):
            running = np.cumsum(probability[rows])
            drawn.append(rows[np.searchsorted(running, ticket * running[-1], side="right")])
    return np.array(drawn, dtype=np.int64)


class Round:
    """One day's explorers drawing in turn from the money and the copies the plan left.

    A pair is open at a turn while the purse could pay for it in every place of that turn, whatever else is drawn.
    """

    def __init__(self, candidates: Candidates, competes_for: IntArray, left: Limits, temperature: float) -> None:
        self.pairs, self.competes_for, self.temperature = candidates, competes_for, temperature
        self.need = left.offers_per_customer * candidates.cost
        self.budget, self.copies = left.campaign_budget.astype(float), left.offer_copies.astype(float)
        self.opened = self.pays(np.arange(len(candidates)))
        self.money_trail: list[tuple[int, int, float]] = []
        self.copies_trail: list[tuple[int, int, float]] = []

    def pays(self, rows: IntArray) -> BoolArray:
        enough_money = self.need[rows] <= self.budget[self.pairs.campaign[rows]]
        return enough_money & (self.copies[self.pairs.offer[rows]] >= 1)

    def draw(self, turn: int, rows: IntArray, tickets: FloatArray) -> IntArray:
        """Draw for the customer whose pairs are `rows`, and take the cost from the purse."""
        own = self.pairs.take(rows)
        alone = replace(own, customer=np.zeros_like(own.customer))
        chances = soften(alone, self.competes_for[rows], self.pays(rows), self.temperature)
        drawn = rows[draw_places(chances, self.competes_for[rows], tickets)]
        self.take(turn, drawn)
        return drawn

    def take(self, turn: int, rows: IntArray) -> None:
        campaigns, offers = np.unique(self.pairs.campaign[rows]), np.unique(self.pairs.offer[rows])
        np.subtract.at(self.budget, self.pairs.campaign[rows], self.pairs.cost[rows])
        np.subtract.at(self.copies, self.pairs.offer[rows], 1)
        self.money_trail += [(turn, int(code), float(self.budget[code])) for code in campaigns]
        self.copies_trail += [(turn, int(code), float(self.copies[code])) for code in offers]

    def chances(self, turns: IntArray) -> FloatArray:
        """Probability of each pair under the softened policy at its customer's turn, once all turns are over."""
        own_turn = turns[self.pairs.customer]
        in_money = own_turn <= closing_turns(self.money_trail, self.pairs.campaign, self.need)
        in_copies = own_turn <= closing_turns(self.copies_trail, self.pairs.offer, np.ones(len(self.pairs)))
        return soften(self.pairs, self.competes_for, self.opened & in_money & in_copies, self.temperature)


def draw_assignments(
    candidates: Candidates,
    is_planned: BoolArray,
    left: Limits,
    customer_ids: Sequence[str],
    lottery: Lottery,
    softening: Softening,
) -> Draw:
    """Draw arms and explorers' offers for c customers with n candidate pairs, and the probability of every pair.

    `is_planned` is the plan over the pairs, `left` the limits minus the plan, `customer_ids` the customer of each code.
    Customers without a planned offer never explore. Source: the module's description.
    """
    customers = len(customer_ids)
    has_plan = np.bincount(candidates.customer[is_planned], minlength=customers) > 0
    competes_for = stratify(candidates, softening.candidates, left.offers_per_customer)
    competes_for[~has_plan[candidates.customer]] = -1
    is_held_out = hold_out(lottery, customer_ids)
    wishes = has_plan & ~is_held_out & (chance(lottery, "explore", customer_ids) < lottery.exploration_rate)
    turns = np.argsort(np.argsort(chance(lottery, "turn", customer_ids), kind="stable"))
    explorers = np.flatnonzero(wishes)[np.argsort(turns[wishes])]
    game = Round(candidates, competes_for, left, softening.temperature)
    is_drawn = serve(game, explorers, turns, lottery, customer_ids)
    chances = game.chances(turns)
    can_explore = np.bincount(candidates.customer, chances, customers) > 0
    return Draw(
        is_held_out=is_held_out,
        explores=wishes & can_explore,
        is_drawn=is_drawn,
        probability=mix_policies(lottery, is_planned, chances, can_explore[candidates.customer]),
    )


def chance(lottery: Lottery, purpose: str, customer_ids: Iterable[str]) -> FloatArray:
    return draw_uniforms(lottery.key, f"{purpose}:{lottery.run_id}", customer_ids)


def serve(
    game: Round, explorers: IntArray, turns: IntArray, lottery: Lottery, customer_ids: Sequence[str]
) -> BoolArray:
    """Let the explorers draw in the given order; marks the pairs they got."""
    places = int(game.competes_for.max(initial=0)) + 1
    names = [customer_ids[code] for code in explorers]
    tickets = np.array([chance(lottery, f"place-{place}", names) for place in range(places)]).T
    by_customer = np.lexsort((game.pairs.offer, game.pairs.customer))
    ordered = game.pairs.customer[by_customer]
    spans = zip(np.searchsorted(ordered, explorers), np.searchsorted(ordered, explorers, side="right"), strict=True)
    is_drawn = np.zeros(len(game.pairs), dtype=bool)
    for explorer, own_tickets, (start, end) in zip(explorers, tickets, spans, strict=True):
        is_drawn[game.draw(int(turns[explorer]), by_customer[start:end], own_tickets)] = True
    return is_drawn


def mix_policies(lottery: Lottery, is_planned: BoolArray, chances: FloatArray, can_explore: BoolArray) -> FloatArray:
    """(1 - h) ((1 - e) [planned] + e s), with e = 0 where the customer could not have explored."""
    exploration = lottery.exploration_rate * can_explore
    return (1 - lottery.holdout_rate) * ((1 - exploration) * is_planned + exploration * chances)
