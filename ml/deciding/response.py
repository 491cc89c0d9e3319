"""Where and when customers answer messages: rates of response shrunk toward the shop's.

A message counts as answered when the customer orders within a day of it or uses one of its offers. How much of that the
message changed is not known: the rates compare channels and hours for one customer, they are no effects.
"""

import numpy as np
from numpy.typing import NDArray

from ml.allocation import BoolArray, FloatArray

NONE = -1
Counts = NDArray[np.float64]


def shrink_rates(messages: Counts, answers: Counts, min_messages: int) -> FloatArray:
    """Rate of response of c customers on g options (channels or hours), by empirical Bayes.

    `messages` and `answers` are counts (c x g). Each option's rates follow a Beta distribution over the customers, with
    the shop's rate as mean and a strength estimated by moments (Kleinman 1973, JASA 68, 46-54); the result is its mean
    after the customer's own messages, the shop's rate for who had none. Options with fewer messages than
    `min_messages` in the whole shop are not a number.

    >>> messages = np.array([[10.0], [10.0], [0.0]])
    >>> shrink_rates(messages, np.array([[9.0], [1.0], [0.0]]), 1).round(2).tolist()
    [[0.86], [0.14], [0.5]]
    >>> shrink_rates(messages, np.array([[5.0], [5.0], [0.0]]), 1).round(2).tolist()
    [[0.5], [0.5], [0.5]]
    """
    total = messages.sum(axis=0)
    rate = np.divide(answers.sum(axis=0), total, out=np.full(len(total), np.nan), where=total >= max(min_messages, 1))
    strength = np.array([find_strength(*column) for column in zip(messages.T, answers.T, rate, strict=True)])
    shrunk = np.broadcast_to(rate, messages.shape).copy()
    for option in np.flatnonzero(np.isfinite(strength)):
        own = answers[:, option] + strength[option] * rate[option]
        shrunk[:, option] = own / (messages[:, option] + strength[option])
    return shrunk


def find_strength(messages: Counts, answers: Counts, rate: float) -> float:
    """How many messages the shop's rate is worth; infinity where customers do not differ by more than chance.

    With x_i answers to n_i messages, N = sum n_i and p the shop's rate, S = sum n_i (x_i / n_i - p)^2 is expected to be
    about p (1 - p) sum (1 - n_i / N) (1 + (n_i - 1) r); the strength is 1 / r - 1, and never less than one message.
    """
    sent = messages > 0
    count, spread = messages[sent], rate * (1 - rate)
    if not spread > 0:
        return np.inf
    weight = 1 - count / count.sum()
    seen = float((count * (answers[sent] / count - rate) ** 2).sum()) / spread
    repeats = float((weight * (count - 1)).sum())
    alike = (seen - float(weight.sum())) / repeats if repeats > 0 else 0.0
    return max(1 / alike - 1, 1.0) if alike > 0 else np.inf


def pick_best(rates: FloatArray, is_allowed: BoolArray, has_history: BoolArray) -> NDArray[np.int64]:
    """The allowed option with the best rate for each customer with a history, the first of equal ones; -1 for others.

    >>> rates, allowed = np.array([[0.1, 0.3], [0.1, 0.3], [0.1, 0.3]]), np.array([[1, 1], [1, 0], [1, 1]], dtype=bool)
    >>> pick_best(rates, allowed, np.array([True, True, False])).tolist()
    [1, 0, -1]
    """
    known = np.where(is_allowed & ~np.isnan(rates), rates, -np.inf)
    if not known.shape[1]:
        return np.full(len(known), NONE)
    best = known.argmax(axis=1)
    is_known = has_history & np.isfinite(known[np.arange(len(known)), best])
    return np.where(is_known, best, NONE).astype(np.int64)
