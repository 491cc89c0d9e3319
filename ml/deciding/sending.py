"""Through which channel and at which hour a customer is sent offers, and what that choice rests on.

Channel: the offer's own; else of those that brought the customer messages the one answered best
(ml/deciding/response.py); else the one of their own orders; else another they agreed to; else the default. A channel
that never brought the customer a message is not compared: the shop wrote through it to others, who may like it better.
Hour: the one the customer answers best; else that of their own orders; else the default; always within the hours that
do not annoy. Consent is asked of every channel but the offer's, which is only eligible where the customer agreed to it.
The basis says which of these it was.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.allocation import BoolArray, FloatArray, IntArray
from ml.deciding.response import NONE, pick_best, shrink_rates

OFFER, RESPONSE, ORDERS, CONSENT, DEFAULT = "offer", "response", "orders", "consent", "default"
STORE = "store"  # nothing can be sent through it
Names = NDArray[np.object_]


@dataclass(frozen=True)
class Habits:
    """Channel and hour (of the shop's day) for each customer, each with its basis."""

    channel: Names
    channel_basis: Names
    hour: IntArray
    hour_basis: Names


def choose_habits(
    customers: pd.DataFrame,
    consents: pd.DataFrame,
    responses: pd.DataFrame,
    clock: tuple[date, str],
    terms: SimpleNamespace,
) -> Habits:
    """Channel and hour of every customer, whatever the offer.

    `responses` has customer_id, channel, hour (of the shop's day), messages and answers, a row for each customer,
    channel and hour; `clock` is the day and the shop's time zone, in which preferred hours (UTC) are read.
    """
    rates, options = rate_channels(customers, responses, terms)
    channel, channel_basis = choose_channels(customers, consents, rates, options, terms)
    hour, hour_basis = choose_hours(customers, responses, clock, terms)
    return Habits(channel, channel_basis, hour, hour_basis)


def tabulate(customers: pd.DataFrame, responses: pd.DataFrame, column: str, options: list[object]) -> list[FloatArray]:
    """Messages and answers as matrices of customers by options."""
    row = pd.Index(customers["customer_id"]).get_indexer(responses["customer_id"])
    place = pd.Index(options).get_indexer(pd.Index(responses[column])) if options else np.full(len(responses), NONE)
    is_known = (row >= 0) & (place >= 0)
    tables = []
    for name in ("messages", "answers"):
        table = np.zeros((len(customers), len(options)))
        np.add.at(table, (row[is_known], place[is_known]), responses[name].to_numpy(dtype=float)[is_known])
        tables.append(table)
    return tables


def rate_channels(
    customers: pd.DataFrame, responses: pd.DataFrame, terms: SimpleNamespace
) -> tuple[FloatArray, list[object]]:
    """Shrunk rates of the channels each customer's messages went through, the default first; none of other channels.

    >>> sent = pd.DataFrame({"customer_id": ["1", "2", "2"], "channel": ["app", "crm", "app"], "hour": 9,
    ...     "messages": [10, 10, 10], "answers": [1, 9, 3]})
    >>> terms = SimpleNamespace(default_channel="app", response_min_messages=1)
    >>> rates, options = rate_channels(pd.DataFrame({"customer_id": ["1", "2"]}), sent, terms)
    >>> options, rates.round(1).tolist()  # nobody knows how the first customer would answer the other channel
    (['app', 'crm'], [[0.2, nan], [0.2, 0.9]])
    """
    known = set(responses["channel"]) - {STORE}
    options: list[object] = sorted(known, key=lambda name: (name != terms.default_channel, name))
    messages, answers = tabulate(customers, responses, "channel", options)
    rates = shrink_rates(messages, answers, terms.response_min_messages)
    rates[messages == 0] = np.nan
    return rates, options


def choose_channels(
    customers: pd.DataFrame, consents: pd.DataFrame, rates: FloatArray, options: list[object], terms: SimpleNamespace
) -> tuple[Names, Names]:
    """The channel of each customer and its basis; what the customer agreed to comes before what is liked.

    >>> customers = pd.DataFrame(
    ...     {"customer_id": ["1", "2", "3", "4"], "preferred_channel": ["app", "web", "store", "app"]})
    >>> consents = pd.DataFrame({"customer_id": ["1", "1", "2", "4", "4"],
    ...     "channel": ["app", "crm", "crm", "app", "crm"], "is_granted": True})
    >>> rates = np.array([[np.nan], [np.nan], [np.nan], [0.2]])
    >>> terms = SimpleNamespace(default_channel="mail", consent_when_unknown=True)
    >>> [names.tolist() for names in choose_channels(customers, consents, rates, ["crm"], terms)]
    [['app', 'crm', 'mail', 'crm'], ['orders', 'consent', 'default', 'response']]
    """
    ids = customers["customer_id"]
    agreed = agreed_channels(consents)
    liked = customers["preferred_channel"].where(customers["preferred_channel"] != STORE)
    wanted = liked.fillna(terms.default_channel)
    suits = pd.MultiIndex.from_arrays([ids, wanted]).isin(agreed)
    instead = ids.map(first_agreed(consents, terms.default_channel)).where(~suits)
    channel = instead.fillna(wanted).to_numpy(dtype=object)
    basis = np.where(instead.notna(), CONSENT, np.where(liked.notna(), ORDERS, DEFAULT)).astype(object)
    has_history = np.array(~np.isnan(rates)).any(axis=1)
    best = pick_best(rates, may_use(ids, options, agreed, consents.empty), np.asarray(has_history))
    answers = best != NONE
    channel[answers] = np.array(options, dtype=object)[best[answers]]
    basis[answers] = RESPONSE
    return channel, basis


def agreed_channels(consents: pd.DataFrame) -> pd.MultiIndex:
    granted = consents[consents["is_granted"].astype(bool)]
    return pd.MultiIndex.from_arrays([granted["customer_id"], granted["channel"]])


def first_agreed(consents: pd.DataFrame, default: str) -> pd.Series:
    """The channel each customer agreed to: the default one first, then by name."""
    granted = consents[consents["is_granted"].astype(bool)]
    ordered = granted.assign(is_other=granted["channel"] != default).sort_values(["is_other", "channel"])
    return ordered.drop_duplicates("customer_id").set_index("customer_id")["channel"]


def may_use(ids: pd.Series, options: list[object], agreed: pd.MultiIndex, knows_nothing: bool) -> BoolArray:
    """Whether each customer agreed to each option; a shop without any consents has a parameter that answers for all."""
    if knows_nothing:
        return np.ones((len(ids), len(options)), dtype=bool)
    columns = [pd.MultiIndex.from_arrays([ids, np.full(len(ids), name, dtype=object)]).isin(agreed) for name in options]
    return np.array(columns, dtype=bool).reshape(len(options), len(ids)).T


def choose_hours(
    customers: pd.DataFrame, responses: pd.DataFrame, clock: tuple[date, str], terms: SimpleNamespace
) -> tuple[IntArray, Names]:
    """The hour of the shop's day for each customer, and its basis; hours that annoy are not learned from.

    >>> terms = SimpleNamespace(
    ...     default_send_hour=17, earliest_send_hour=9, latest_send_hour=20, response_min_messages=1)
    >>> people = pd.DataFrame({"customer_id": ["1", "2", "3"], "preferred_hour": [17.0, None, 4.0]})
    >>> sent = pd.DataFrame({"customer_id": ["3", "3"], "hour": [10, 12], "messages": [5, 5], "answers": [0, 4]})
    >>> hour, basis = choose_hours(people, sent, (date(2017, 11, 27), "America/New_York"), terms)
    >>> hour.tolist(), basis.tolist()  # 17:00 in London is noon in New York
    ([12, 17, 12], ['orders', 'default', 'response'])
    """
    options: list[object] = list(range(terms.earliest_send_hour, terms.latest_send_hour + 1))
    messages, answers = tabulate(customers, responses, "hour", options)
    rates = shrink_rates(messages, answers, terms.response_min_messages)
    best = pick_best(rates, np.ones(rates.shape, dtype=bool), (messages.sum(axis=1) > 0) & (count_known(rates) > 1))
    local = {hour: to_local(clock[0], hour, clock[1]) for hour in customers["preferred_hour"].dropna().unique()}
    own = customers["preferred_hour"].map(local).astype(float)
    hour = own.fillna(terms.default_send_hour).clip(terms.earliest_send_hour, terms.latest_send_hour)
    basis = np.where(best != NONE, RESPONSE, np.where(own.notna(), ORDERS, DEFAULT)).astype(object)
    return np.where(best != NONE, best + terms.earliest_send_hour, hour).astype(np.int64), basis


def count_known(rates: FloatArray) -> IntArray:
    """Options that could be compared: a shop that always sends at the same hour teaches nothing about hours."""
    return (~np.isnan(rates)).sum(axis=1)


def send_times(hours: IntArray, day: date, time_zone: str) -> pd.Series:
    """UTC timestamps of hours of the shop's day.

    >>> send_times(np.array([12, 20]), date(2017, 11, 27), "America/New_York").dt.strftime("%d %H:%M").tolist()
    ['27 17:00', '28 01:00']
    """
    moments = {hour: to_utc(day, int(hour), time_zone) for hour in np.unique(hours)}
    return pd.to_datetime(pd.Series(hours).map(moments)).astype("datetime64[us]")


def to_local(day: date, hour: float, time_zone: str) -> int:
    return datetime.combine(day, time(int(hour)), UTC).astimezone(ZoneInfo(time_zone)).hour


def to_utc(day: date, hour: int, time_zone: str) -> datetime:
    local = datetime.combine(day, time(hour), ZoneInfo(time_zone))
    return local.astimezone(UTC).replace(tzinfo=None)
