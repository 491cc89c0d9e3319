"""Prices and discount depths by expected margin within guardrails, from a plain frame in one call."""

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.pricing import guardrails
from ml.pricing.guardrails import CENTS, KEPT, WAIT, Guardrails, ObjectArray, Room, nearest_ending
from ml.pricing.margin import Goods, best_free_price, break_even_depth, discounted
from ml.pricing.telling import reasons
from warehouse.errors import BadInput

NEEDED = ("unique_id", "price", "cost", "units", "elasticity", "elasticity_low", "elasticity_high")
OPTIONAL = {
    "spill_elasticity": 0.0, "others_margin": 0.0, "competitor_price": np.nan, "days_since_change": np.inf,
    "lowest_price": np.nan, "highest_price": np.nan, "lowest_price_last_30_days": np.nan, "is_personalised": False,
}  # fmt: skip
STEPS = 81  # prices tried between the ends of what is allowed; more than the cents of most goods' room
RAISE, LOWER, KEEP = "raise", "lower", "keep"
UNSURE, UNKNOWN = "gain not certain", "not identified"
TINY = 1e-6


def recommend_prices(frame: pd.DataFrame, rules: Guardrails | None = None) -> pd.DataFrame:
    """Today's price and the depth of a discount of the largest expected margin that no guardrail forbids.

    `frame` has unique_id, price and cost (currency a unit), units (a week at that price) and the own elasticity with
    its interval (elasticity, elasticity_low, elasticity_high; empty where not identified). Where known:
    spill_elasticity (of the units of the category's other products to this price) with others_margin (theirs, currency
    a week), competitor_price, days_since_change, lowest_price and highest_price (ever seen),
    lowest_price_last_30_days, is_personalised (whether offers make customers pay different prices).
    A price is changed only if margin rises at both ends of the elasticity's interval, unless a guardrail forces it.
    Raises BadInput for missing columns and prices, costs or units that cannot be.

    >>> tea = pd.DataFrame({"unique_id": ["tea"], "price": [9.99], "cost": [6.0], "units": [100.0]})
    >>> tea = tea.assign(elasticity=-4.0, elasticity_low=-4.5, elasticity_high=-3.5, lowest_price=7.99)
    >>> found = recommend_prices(tea).iloc[0]
    >>> found["action"], float(found["recommended_price"]), found["bound_by"], float(found["discount_price"])
    ('lower', 9.59, 'maximum change', 7.99)
    """
    known, rules = read(frame), rules or Guardrails()
    goods, room = goods_of(known), guardrails.find_room(known, rules)
    price, bound_by = choose(goods, room, rules)
    competitor = known["competitor_price"].to_numpy(dtype=float)
    found = known[["unique_id", "price", "cost", "units", "is_personalised"]].assign(
        action=np.select([price > goods.price + TINY, price < goods.price - TINY], [RAISE, LOWER], KEEP),
        recommended_price=price,
        change_rate=price / goods.price - 1,
        floor_price=room.floor,
        lowest_allowed_price=room.low,
        highest_allowed_price=room.high,
        bound_by=bound_by,
        is_identified=goods.is_told,
        **outcome(goods, price, ""),
        **discount(known, goods, room, rules),
        competitor_price=competitor,
        competitor_index=price / competitor,
        lowest_price_last_30_days=known["lowest_price_last_30_days"],
    )
    return found.assign(reason=reasons(found))


def read(frame: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in NEEDED if name not in frame]
    if missing:
        raise BadInput(f"prices to recommend need the columns {', '.join(missing)}")
    known = frame.assign(**{name: usual for name, usual in OPTIONAL.items() if name not in frame})
    known = known.astype({name: float for name in (*NEEDED[1:], *OPTIONAL) if name != "is_personalised"})
    known = known.fillna({name: usual for name, usual in OPTIONAL.items() if usual == usual})
    if not ((known["price"] > 0) & (known["cost"] >= 0) & (known["units"] >= 0)).all():
        raise BadInput("prices must be above 0, costs and units not below")
    seen = {name: known[name].fillna(known["price"]) for name in ("lowest_price", "highest_price")}
    return known.assign(**seen).reset_index(drop=True)


def goods_of(known: pd.DataFrame) -> Goods:
    names = ("price", "cost", "units", "elasticity", "elasticity_low", "elasticity_high", "spill_elasticity")
    return Goods(*(known[name].to_numpy(dtype=float) for name in (*names, "others_margin")))


def choose(goods: Goods, room: Room, rules: Guardrails) -> tuple[FloatArray, ObjectArray]:
    """Today's price of each product (N, currency), and what kept it from the best one."""
    tried = prices_to_try(room, rules)
    stays = (goods.price >= room.low - TINY) & (goods.price <= room.high + TINY)
    gain = goods.margin_gain(tried, np.where(goods.is_told, goods.elasticity, 0.0))
    distance = np.abs(tried - goods.price[:, None])
    best = np.where(goods.is_told, gain.argmax(axis=1), distance.argmin(axis=1))
    price = np.take_along_axis(tried, best[:, None], axis=1)[:, 0]
    is_sure = is_worth_it(goods, price, rules) & (np.abs(price - goods.price) > 1 / CENTS - TINY)
    is_kept = stays & ~is_sure
    free = np.where(goods.is_told, best_free_price(goods.cost, goods.elasticity), goods.price)
    limit = np.select([free < room.low - TINY, free > room.high + TINY], [room.low_by, room.high_by], KEPT)
    unsure = is_kept & (np.abs(price - goods.price) > TINY)
    why = np.select([room.low_by == WAIT, is_kept & ~goods.is_told, unsure], [WAIT, UNKNOWN, UNSURE], limit)
    return np.where(is_kept, goods.price, price), why


def prices_to_try(room: Room, rules: Guardrails) -> FloatArray:
    """Prices (N x STEPS) with an allowed ending within the room; its lower end, in full cents, where there is none."""
    grid = room.low[:, None] + (room.high - room.low)[:, None] * np.linspace(0, 1, STEPS)
    ended = nearest_ending(grid, rules.endings)
    fits = (ended >= room.low[:, None] - TINY) & (ended <= room.high[:, None] + TINY)
    inside = np.ceil(np.round(room.low * CENTS, 6)) / CENTS
    first = np.where(fits.any(axis=1), np.take_along_axis(ended, fits.argmax(axis=1)[:, None], axis=1)[:, 0], inside)
    return np.where(fits, ended, first[:, None])


def is_worth_it(goods: Goods, price: FloatArray, rules: Guardrails) -> "np.ndarray":
    """Whether the margin rises by more than the least gain at both ends of the elasticity's interval (N)."""
    today = (goods.price - goods.cost) * goods.units
    least = np.maximum(rules.least_gain_rate * today, rules.least_gain)
    ends = [goods.margin_gain(price[:, None], end)[:, 0] for end in (goods.elasticity_low, goods.elasticity_high)]
    return np.asarray(goods.is_told & (np.minimum(*ends) > least))


def outcome(goods: Goods, price: FloatArray, prefix: str) -> dict[str, FloatArray]:
    """Units and margin a week at a price (N), with the range from the elasticity's interval, if it is identified."""
    ends = (goods.elasticity, goods.elasticity_low, goods.elasticity_high)
    gains = np.column_stack([goods.margin_gain(price[:, None], end)[:, 0] for end in ends])
    units = goods.expected_units(price[:, None], goods.elasticity)[:, 0]
    values = {"units_per_week": units, "margin_gain_per_week": gains[:, 0]}
    values |= {"margin_gain_low": gains.min(axis=1), "margin_gain_high": gains.max(axis=1)}
    return {f"{prefix or 'expected_'}{name}": np.where(goods.is_told, one, np.nan) for name, one in values.items()}


def discount(known: pd.DataFrame, goods: Goods, room: Room, rules: Guardrails) -> dict[str, FloatArray]:
    """The depth below today's price, lasting a week or two, of the largest margin; 0 where none surely earns more.

    A temporary discount may go further than a day's change; floor, endings and prices seen hold. A reduction is
    announced from the lowest price of the last 30 days (Directive 98/6/EC, article 6a), so its depth may be less.
    """
    tried = nearest_ending(discounted(goods.price[:, None], np.asarray(rules.depths)[None, :]), rules.endings)
    least = np.maximum(room.floor, known["lowest_price"].to_numpy(dtype=float) * (1 - rules.explored_rate))
    is_allowed = (tried >= least[:, None] - TINY) & (tried < goods.price[:, None] - TINY)
    gain = np.where(is_allowed & goods.is_told[:, None], goods.margin_gain(tried, goods.elasticity), -np.inf)
    best = np.take_along_axis(tried, gain.argmax(axis=1)[:, None], axis=1)[:, 0]
    is_given = np.isfinite(gain.max(axis=1)) & is_worth_it(goods, best, rules)
    price = np.where(is_given, best, goods.price)
    prior = known["lowest_price_last_30_days"].to_numpy(dtype=float)
    notice = 1 - price / prior
    return {
        "break_even_depth_rate": break_even_depth(goods.price, goods.cost),
        "discount_depth_rate": np.where(goods.is_told, 1 - price / goods.price, np.nan),
        "discount_price": np.where(is_given, price, np.nan),
        **outcome(goods, price, "discount_"),
        "notice_depth_rate": np.where(is_given & (notice > 0), notice, np.nan),
    }
