"""Who may get which offer on a day: audience, tier, consent, limits per customer, time since the last contact."""

from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml.allocation import BoolArray, IntArray

AUDIENCE_OF_TYPE = {"new_customer": "new", "win_back": "lapsed"}


@dataclass(frozen=True)
class Pairs:
    """Customer–offer pairs as codes (places in the frames of customers and offers), sorted by customer, then offer."""

    customer: IntArray
    offer: IntArray
    offers: int

    @property
    def key(self) -> IntArray:
        return self.customer * self.offers + self.offer

    def locate(self, customer: IntArray, offer: IntArray) -> tuple[IntArray, BoolArray]:
        """Position of other pairs among these, and whether they are there at all."""
        wanted, own = customer * self.offers + offer, self.key
        place = np.minimum(np.searchsorted(own, wanted), max(len(own) - 1, 0))
        is_there = (customer >= 0) & (offer >= 0)
        is_there &= own[place] == wanted if len(own) else False
        return place, is_there


def name_life_cycle(customers: pd.DataFrame, terms: SimpleNamespace) -> pd.Series:
    """The stage of each customer: new, active or lapsed; somebody who never bought is new.

    Takes days since the first and the last order (missing where there is none); terms are the shop's parameters.

    >>> people = pd.DataFrame({"tenure_days": [10, 300, 300, None], "days_since_last_order": [3, 3, 90, None]})
    >>> name_life_cycle(people, SimpleNamespace(new_customer_days=60, lapsed_after_days=56)).tolist()
    ['new', 'active', 'lapsed', 'new']
    """
    is_lapsed = customers["days_since_last_order"] > terms.lapsed_after_days
    is_new = customers["tenure_days"].isna() | (customers["tenure_days"] <= terms.new_customer_days)
    return pd.Series(np.select([is_lapsed, is_new], ["lapsed", "new"], "active"), index=customers.index)


def tier_ladder(tiers: pd.DataFrame, terms: SimpleNamespace) -> pd.DataFrame:
    """Tiers with the amount each takes, lowest first: the managers', or those of the parameters where they set none.

    >>> terms = SimpleNamespace(gold_tier_amount=2300, silver_tier_amount=1100)
    >>> tier_ladder(pd.DataFrame({"tier": [], "minimum_amount": []}), terms).values.tolist()
    [['bronze', 0.0], ['silver', 1100.0], ['gold', 2300.0]]
    """
    if not tiers.empty:
        return tiers.sort_values(["minimum_amount", "tier"], ignore_index=True)
    amounts = [0.0, float(terms.silver_tier_amount), float(terms.gold_tier_amount)]
    return pd.DataFrame({"tier": ["bronze", "silver", "gold"], "minimum_amount": amounts})


def rank_tiers(spent: pd.Series, ladder: pd.DataFrame) -> IntArray:
    """The place on the ladder each customer reached by what they spent in the last 365 days; -1 below its first tier.

    >>> ladder = pd.DataFrame({"tier": ["bronze", "silver", "gold"], "minimum_amount": [0.0, 1100.0, 2300.0]})
    >>> rank_tiers(pd.Series([3000.0, 1100.0, None]), ladder).tolist()
    [2, 1, 0]
    """
    amounts = ladder["minimum_amount"].to_numpy(dtype=float)
    reached = np.searchsorted(amounts, spent.fillna(0).to_numpy(dtype=float), side="right")
    return reached.astype(np.int64) - 1


def suits_audience(pairs: Pairs, offers: pd.DataFrame, stages: pd.Series, is_member: BoolArray) -> BoolArray:
    """Whether the customer belongs to the offer's audience; kinds of offers for some customers only imply theirs."""
    implied = offers["offer_type"].map(lambda kind: AUDIENCE_OF_TYPE.get(kind, "all"))
    wanted = offers["audience"].where(offers["audience"].notna(), implied).to_numpy()[pairs.offer]
    is_for_members = (offers["offer_type"] == "member_tier").to_numpy()[pairs.offer]
    return ((wanted == "all") | (wanted == stages.to_numpy()[pairs.customer])) & (
        is_member[pairs.customer] | ~is_for_members
    )


def is_member(rank: IntArray, ladder: pd.DataFrame) -> BoolArray:
    """Members are above the tier that takes nothing."""
    takes = np.append(ladder["minimum_amount"].to_numpy(dtype=float), 0.0)  # the last for those below the first tier
    return takes[rank] > 0


def suits_terms(
    pairs: Pairs, terms: pd.DataFrame, region: pd.Series, rank: IntArray, ladder: pd.DataFrame
) -> BoolArray:
    """Whether the customer lives in the offer's region and has reached its tier; `terms` has a row for each offer.

    A tier that the ladder does not have is reached by nobody.
    """
    least = terms["tier"].map(dict(zip(ladder["tier"], range(len(ladder)), strict=True))).fillna(len(ladder))
    needed = least.where(terms["tier"].notna(), -1).to_numpy(dtype=np.int64)
    wanted = terms["region"].to_numpy(dtype=object)[pairs.offer]
    is_there = pd.isna(wanted) | (wanted == region.to_numpy(dtype=object)[pairs.customer])
    return is_there & (rank[pairs.customer] >= needed[pairs.offer])


def may_contact(
    customer_ids: np.ndarray, channels: np.ndarray, consents: pd.DataFrame, when_unknown: bool
) -> BoolArray:
    """Whether each customer agreed to the channel beside it; `when_unknown` answers for shops without any consents.

    >>> consents = pd.DataFrame({"customer_id": ["1", "2"], "channel": ["mail", "mail"], "is_granted": [True, False]})
    >>> may_contact(np.array(["1", "2", "3"]), np.array(["mail"] * 3), consents, when_unknown=True).tolist()
    [True, False, False]
    >>> may_contact(np.array(["1"]), np.array(["mail"]), consents.iloc[:0], when_unknown=True).tolist()
    [True]
    """
    if consents.empty:
        return np.full(len(customer_ids), when_unknown)
    granted = consents[consents["is_granted"].astype(bool)]
    names = pd.MultiIndex.from_arrays([granted["customer_id"], granted["channel"]])
    return pd.MultiIndex.from_arrays([customer_ids, channels]).isin(names)


def count_copies(pairs: Pairs, copies: pd.DataFrame) -> IntArray:
    """How often each pair's customer got its offer; `copies` has codes `customer` and `offer`, one row per copy."""
    place, is_known = pairs.locate(copies["customer"].to_numpy(), copies["offer"].to_numpy())
    return np.bincount(place[is_known], minlength=len(pairs.customer))


def is_recent(pairs: Pairs, contacts: pd.DataFrame, day: date, within_days: int) -> BoolArray:
    """Whether the customer was in contact with the offer less than `within_days` days before the day."""
    days_ago = (pd.Timestamp(day) - pd.to_datetime(contacts["contact_date"])).dt.days
    return count_copies(pairs, contacts[days_ago < within_days]) > 0


def has_room_for_copy(pairs: Pairs, offers: pd.DataFrame, copies: pd.DataFrame) -> BoolArray:
    """Whether another copy keeps to the offer's limit per customer; no limit where it has none."""
    limit = offers["per_customer_limit"].astype(float).fillna(np.inf).to_numpy()
    return count_copies(pairs, copies) < limit[pairs.offer]
