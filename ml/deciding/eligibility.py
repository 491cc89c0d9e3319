"""Who may get which offer on a day: audience, tier, consent, limits per customer, time since the last contact."""

from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml.allocation import BoolArray, IntArray

AUDIENCE_OF_TYPE = {"new_customer": "new", "win_back": "lapsed"}
MEMBER_TIERS = ("gold", "silver")


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


def name_tier(customers: pd.DataFrame, terms: SimpleNamespace) -> pd.Series:
    """Gold, silver or bronze by what a customer spent in the last 365 days, in currency.

    >>> people = pd.DataFrame({"net_amount_last_365_days": [3000.0, 1100.0, None]})
    >>> name_tier(people, SimpleNamespace(gold_tier_amount=2300, silver_tier_amount=1100)).tolist()
    ['gold', 'silver', 'bronze']
    """
    spent = customers["net_amount_last_365_days"].fillna(0)
    reached = [spent >= terms.gold_tier_amount, spent >= terms.silver_tier_amount]
    return pd.Series(np.select(reached, ["gold", "silver"], "bronze"), index=customers.index)


def suits_audience(pairs: Pairs, offers: pd.DataFrame, stages: pd.Series, tiers: pd.Series) -> BoolArray:
    """Whether the customer belongs to the offer's audience; kinds of offers for some customers only imply theirs."""
    implied = offers["offer_type"].map(lambda kind: AUDIENCE_OF_TYPE.get(kind, "all"))
    wanted = offers["audience"].where(offers["audience"].notna(), implied).to_numpy()[pairs.offer]
    is_member = tiers.isin(MEMBER_TIERS).to_numpy()[pairs.customer]
    is_for_members = (offers["offer_type"] == "member_tier").to_numpy()[pairs.offer]
    return ((wanted == "all") | (wanted == stages.to_numpy()[pairs.customer])) & (is_member | ~is_for_members)


def choose_channels(
    customers: pd.DataFrame, offers: pd.DataFrame, consents: pd.DataFrame, pairs: Pairs, default: str
) -> np.ndarray:
    """The offer's own channel, else the customer's."""
    own = own_channels(customers, consents, default).to_numpy()
    given = offers["channel"].to_numpy()[pairs.offer]
    return np.where(pd.isna(given), own[pairs.customer], given)


def own_channels(customers: pd.DataFrame, consents: pd.DataFrame, default: str) -> pd.Series:
    """The channel of each customer: the one preferred, unless it is the store, through which nothing can be sent.

    Where the customer did not agree to it another that was agreed to serves: the default one first, then by name.

    >>> customers = pd.DataFrame({"customer_id": ["1", "2", "3"], "preferred_channel": ["app", "web", "store"]})
    >>> consents = pd.DataFrame({"customer_id": ["1", "1", "2"], "channel": ["app", "crm", "crm"], "is_granted": True})
    >>> own_channels(customers, consents, "mail").tolist()
    ['app', 'crm', 'mail']
    """
    preferred = customers["preferred_channel"].where(customers["preferred_channel"] != "store").fillna(default)
    granted = consents[consents["is_granted"].astype(bool)]
    agreed = pd.MultiIndex.from_arrays([granted["customer_id"], granted["channel"]])
    suits = pd.MultiIndex.from_arrays([customers["customer_id"], preferred]).isin(agreed)
    ordered = granted.assign(is_other=granted["channel"] != default).sort_values(["is_other", "channel"])
    first = ordered.drop_duplicates("customer_id").set_index("customer_id")["channel"]
    return preferred.where(suits, customers["customer_id"].map(first).fillna(preferred))


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


def count_contact_days(contacts: pd.DataFrame, customers: int, day: date, window_days: int) -> IntArray:
    """Distinct days on which each customer was contacted within the window that ends with the day, the day excluded.

    >>> contacts = pd.DataFrame({"customer": [0, 0, 0, 1], "contact_date": pd.to_datetime(
    ...     ["2017-11-26", "2017-11-26", "2017-11-21", "2017-11-20"])})
    >>> count_contact_days(contacts, 3, date(2017, 11, 27), window_days=7).tolist()
    [2, 0, 0]
    """
    days_ago = (pd.Timestamp(day) - pd.to_datetime(contacts["contact_date"])).dt.days
    recent = contacts[(days_ago > 0) & (days_ago < window_days) & (contacts["customer"] >= 0)]
    distinct = recent[["customer", "contact_date"]].drop_duplicates()
    return np.bincount(distinct["customer"].to_numpy(dtype=np.int64), minlength=customers)
