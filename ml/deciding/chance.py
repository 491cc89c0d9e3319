"""Where chance comes from: a keyed hash, so that the same key, run and customer give the same draw again."""

import hashlib
import hmac
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from ml.allocation import BoolArray, FloatArray, IntArray
from warehouse import settings


@dataclass(frozen=True)
class Lottery:
    """The key and the run that fix every draw, and how often chance decides (shares, 0–1).

    `holdout_rate` of the customers are held out for good, `control_rate` of the customers of each campaign are its
    control; `exploration_rate` of the customers with a plan explore, `idle_exploration_rate` of those without one.
    """

    key: bytes
    run_id: str
    holdout_rate: float
    exploration_rate: float
    control_rate: float = 0.0
    idle_exploration_rate: float = 0.0

    @property
    def shown_rate(self) -> float:
        """Probability that what would be sent is sent."""
        return (1 - self.holdout_rate) * (1 - self.control_rate)


@dataclass(frozen=True)
class Names:
    """The customer and the campaign of each code."""

    customers: Sequence[str]
    campaigns: Sequence[str]


def open_lottery(run_id: str, terms: SimpleNamespace) -> Lottery:
    """Chance by the installation's key; without one by a public key, so that pseudonyms alone decide the holdout."""
    key = os.environ.get("PROMOLIFT_HOLDOUT_KEY") or f"promolift:{settings.load().source}"
    return Lottery(
        key=key.encode(),
        run_id=run_id,
        holdout_rate=terms.holdout_rate,
        exploration_rate=terms.exploration_rate,
        control_rate=terms.campaign_control_rate,
        idle_exploration_rate=terms.idle_exploration_rate,
    )


def draw_uniforms(key: bytes, purpose: str, identities: Iterable[str]) -> FloatArray:
    """A number in [0, 1) per identity, fixed by the key, the purpose and the identity (HMAC-SHA256, RFC 2104).

    The first 53 bits of the digest are used, as many as a double holds. Without the key nobody can foresee or steer it.

    >>> draw_uniforms(b"key", "holdout", ["1", "2"]).round(4).tolist()
    [0.9091, 0.1952]
    """
    prefix = f"{purpose}:".encode()
    digests = (hmac.digest(key, prefix + identity.encode(), hashlib.sha256) for identity in identities)
    return np.array([(int.from_bytes(digest[:8], "big") >> 11) / 2**53 for digest in digests], dtype=float)


def draw_of_run(lottery: Lottery, purpose: str, customer_ids: Iterable[str]) -> FloatArray:
    """A number in [0, 1) per customer that another run draws anew."""
    return draw_uniforms(lottery.key, f"{purpose}:{lottery.run_id}", customer_ids)


def hold_out(lottery: Lottery, customer_ids: Iterable[str]) -> BoolArray:
    """Membership of the permanent holdout: the same for a customer on every day and under every offer."""
    return draw_uniforms(lottery.key, "holdout", customer_ids) < lottery.holdout_rate


def control(lottery: Lottery, customer: IntArray, campaign: IntArray, names: Names) -> BoolArray:
    """Whether each of n pairs of customer and campaign (codes) is of the campaign's control, for the campaign's life.

    >>> names = Names(["1", "2", "3"], ["spring", "summer"])
    >>> rows = np.array([0, 0, 1, 2, 2]), np.array([0, 1, 0, 0, 1])
    >>> control(Lottery(b"key", "any run", 0.0, 0.0, control_rate=0.5), *rows, names).tolist()
    [True, True, False, False, True]
    """
    code = customer * max(len(names.campaigns), 1) + campaign
    pairs, place = np.unique(code, return_inverse=True)
    owners, paid_by = np.divmod(pairs, max(len(names.campaigns), 1))
    luck = np.empty(len(pairs))
    for number in np.unique(paid_by):
        own = np.flatnonzero(paid_by == number)
        purpose = f"control:{names.campaigns[number]}"
        luck[own] = draw_uniforms(lottery.key, purpose, (names.customers[one] for one in owners[own]))
    return (luck < lottery.control_rate)[place]
