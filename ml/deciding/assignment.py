"""What would be sent to whom, what is withheld, and the exact probability of every assignment that is logged.

Every customer who may be contacted has a plan that does not depend on chance: ml/allocation.py plans for all alike, and
the plan may be empty. Chance then decides twice, in this order:

1. *What would be sent.* With probability 1 - e the plan; with probability e one offer per place drawn from a softened
   policy s (ml/deciding/exploration.py). e is `exploration_rate`, for customers without a plan the smaller
   `idle_exploration_rate`, and 0 where nothing was open to the customer when it was their turn. So offer j would be
   sent to customer i with probability  q_ij = (1 - e_i) [j is planned for i] + e_i s_ij.
2. *Whether it is withheld*, whatever it is. The permanent holdout (a keyed hash of the customer, share h) gets nothing;
   the control of a campaign (a keyed hash of customer and campaign, share c, the same for the campaign's life) gets
   none of its offers.

All of it is logged, what is withheld too (a ghost exposure: Johnson, Lewis, Nubbemeyer 2017), with these probabilities:

    arm          the row says                               assignment_probability
    treatment    the plan, sent                             (1 - h) (1 - c) q
    exploration  a draw, sent                               (1 - h) (1 - c) q
    control      plan or draw, withheld by the campaign     (1 - h) c q
    holdout      plan or draw, withheld for good            h q

The rows of a customer and an offer add up to q, and  P(sent | would be sent) = (1 - h) (1 - c)  for every row: sent and
withheld rows are a randomised trial of each offer among exactly those it was meant for.

Explorers draw one after the other in a random order, held out or not, from a purse with exploration's money. What is
withheld takes nothing from it. s_ij knows what was left at the customer's turn, so it is exact given the turns before
it, and inverse probability weights built on it are unbiased (Robins 1986, sequential randomisation; Horvitz and
Thompson 1952). Chance is a keyed hash (ml/deciding/chance.py): the same key, run and customer give the same draw again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.allocation import BoolArray, Candidates, FloatArray, IntArray, Limits
from ml.deciding.chance import Lottery, Names, control, draw_of_run, hold_out
from ml.deciding.exploration import Round, Softening
from warehouse.arms import CONTROL, EXPLORATION, HOLDOUT, TREATMENT


@dataclass(frozen=True)
class Draw:
    """What chance decided, over the customers (is_held_out, has_plan, explores) and the candidate pairs (the others).

    `would_be_sent` marks what chance chose, withheld or not, and `probability` is q of the module's description.
    `is_control` is known for the pairs that could have been chosen.
    """

    is_held_out: BoolArray
    has_plan: BoolArray
    explores: BoolArray
    would_be_sent: BoolArray
    is_control: BoolArray
    probability: FloatArray


def draw_assignments(
    candidates: Candidates,
    is_planned: BoolArray,
    purse: Limits,
    names: Names,
    lottery: Lottery,
    softening: Softening,
) -> Draw:
    """Draw for c customers with n candidate pairs what would be sent and what is withheld, with all probabilities.

    `is_planned` is the plan over the pairs, `purse` the money and copies that explorers may take, `names` the customers
    and campaigns of the codes. An explorer has as many places as the plan has offers, and one without a plan.
    Source: the module's description.
    """
    planned = np.bincount(candidates.customer[is_planned], minlength=len(names.customers))
    rate = np.where(planned > 0, lottery.exploration_rate, lottery.idle_exploration_rate)
    wishes = draw_of_run(lottery, "explore", names.customers) < rate
    is_held_out = hold_out(lottery, names.customers)
    # Whoever neither has a plan nor explores is on no record: their chances need not be known.
    rows = np.flatnonzero(((planned > 0) | wishes)[candidates.customer])
    pairs = candidates.take(rows)
    is_control = control(lottery, pairs.customer, pairs.campaign, names)
    game = Round(pairs, np.maximum(planned, 1), purse, softening)
    turns = np.argsort(np.argsort(draw_of_run(lottery, "turn", names.customers), kind="stable"))
    is_drawn = explore(game, np.flatnonzero(wishes), turns, is_held_out[pairs.customer] | is_control, lottery, names)
    chances = game.chances(turns)
    can_explore = np.bincount(pairs.customer, chances, len(names.customers)) > 0
    explores = wishes & can_explore
    share = (rate * can_explore)[pairs.customer]
    return Draw(
        is_held_out=is_held_out,
        has_plan=planned > 0,
        explores=explores,
        would_be_sent=spread(np.where(explores[pairs.customer], is_drawn, is_planned[rows]), rows, len(candidates)),
        is_control=spread(is_control, rows, len(candidates)),
        probability=spread((1 - share) * is_planned[rows] + share * chances, rows, len(candidates)),
    )


def explore(
    game: Round, explorers: IntArray, turns: IntArray, is_withheld: BoolArray, lottery: Lottery, names: Names
) -> BoolArray:
    """Let the explorers draw in turn; marks the pairs they got."""
    ids = [names.customers[code] for code in explorers]
    tickets = [draw_of_run(lottery, f"place-{place}", ids) for place in range(game.most_places)]
    rows, lots = game.line_up(explorers, turns, np.array(tickets).T)
    return game.serve(rows, lots, is_withheld)


def spread(values: NDArray, rows: IntArray, count: int) -> NDArray:
    """Values of some rows among `count`, nothing in the others."""
    everywhere = np.zeros(count, dtype=values.dtype)
    everywhere[rows] = values
    return everywhere


def name_arms(draw: Draw, customer: IntArray) -> NDArray[np.object_]:
    """The arm of each candidate pair if it is logged, by the table of the module's description."""
    obstacles = {HOLDOUT: draw.is_held_out[customer], CONTROL: draw.is_control, EXPLORATION: draw.explores[customer]}
    return np.select(list(obstacles.values()), list(obstacles), TREATMENT).astype(object)


def probability_of_arms(arm: NDArray[np.object_], lottery: Lottery) -> FloatArray:
    """What q is multiplied by in each of n rows so that it is the probability of the row as logged.

    >>> lottery = Lottery(b"key", "run", holdout_rate=0.1, exploration_rate=0.0, control_rate=0.2)
    >>> probability_of_arms(np.array(["treatment", "control", "holdout"], dtype=object), lottery).round(2).tolist()
    [0.72, 0.18, 0.1]
    """
    held, kept = lottery.holdout_rate, lottery.control_rate
    return np.select([arm == HOLDOUT, arm == CONTROL], [held, (1 - held) * kept], lottery.shown_rate).astype(float)
