"""The day as the shop's systems write it down: a table for each of the contract's, as they would export it."""

from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulator.baskets import Lines, Orders, scoped_lines
from simulator.calendar import date_of, monday_of, week_number
from simulator.catalogue import FloatArray, IntArray
from simulator.chance import stream
from simulator.market import Market
from simulator.messages import Messages
from simulator.names import brand_name, category_name, department_name, product_name, queries
from simulator.offers import Offer, campaign_rows, offer_of_code, offers_of_week, saving
from simulator.people import CHANNELS, MESSAGE_CHANNELS
from simulator.registration import register
from simulator.sessions import EVENTS, NO_PRODUCT, NO_QUERY, STORE, Events, Visits
from simulator.world import NO_OFFER, World

ORDERS_A_DAY, EVENTS_A_DAY = 10**7, 10**9
FIRST_DEVICE, FIRST_PAYMENT = 20_000_001, 30_000_001
WAREHOUSE, WEBSITE = "warehouse", "web"
AGES = ("18-24", "25-34", "35-44", "45-54", "55+")
INCOMES = ("low", "middle", "high")
SIZES = ("1", "2", "3", "4", "5+")
HOMES = ("Singles", "Couple without children", "Family with children", "Shared flat")
MARITAL = ("single", "married", "divorced")
OWNERSHIP = ("renter", "owner")
REGIONS = ("East", "North", "South", "West", "Centre")
SOURCES = ("search", "social", "friend", "advertising", "store")
MESSAGE_SECOND = 9 * 3600  # messages of a day leave at nine

Table = dict[str, pa.Array]


def utc(world: World, day: int, second: IntArray | int) -> np.ndarray:
    """Local seconds of a day as UTC timestamps."""
    midnight = np.datetime64(date_of(world.known, day), "s") - np.timedelta64(world.known.world.time_zone_hours, "h")
    return midnight + np.asarray(second, dtype="timedelta64[s]")


def named(codes: NDArray[np.integer], names: tuple[str, ...] | list[str]) -> pa.Array:
    """Codes as text; a negative one is empty."""
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(names), pa.string()))


def constant(value: object, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), count)


def empty(count: int, kind: pa.DataType | None = None) -> pa.Array:
    return pa.nulls(count, kind or pa.string())


def money(values: FloatArray) -> pa.Array:
    return pa.array(np.round(values, 2) + 0.0)


def order_ids(day: int, numbers: IntArray) -> IntArray:
    return (day + 1) * ORDERS_A_DAY + numbers + 1


def offer_names(world: World, codes: IntArray, name: str = "offer_id") -> pa.Array:
    """Ids of offers, or of their campaigns, by code; empty for NO_OFFER."""
    known, place = np.unique(codes, return_inverse=True)
    ids = [None if code == NO_OFFER else getattr(find_offer(world, int(code)), name) for code in known]
    return pa.array(ids, pa.string()).take(pa.array(place))


def campaign_names(world: World, codes: IntArray) -> pa.Array:
    return offer_names(world, codes, "campaign_id")


def find_offer(world: World, code: int) -> Offer:
    return offer_of_code(world.known, world.catalogue, world.customers, world.seed, code)


def device_of(world: World, rows: IntArray) -> IntArray:
    """One device per household."""
    return world.people.household[rows].astype(np.int64) + FIRST_DEVICE


def payment_of(world: World, rows: IntArray) -> IntArray:
    return world.people.household[rows].astype(np.int64) + FIRST_PAYMENT


def customers(world: World, day: int) -> Table:
    """Who registered today; on the first day everybody who had before."""
    since = 0 if day == 0 else world.registered(day - 1)
    rows = np.arange(since, world.registered(day))
    if not len(rows):
        return {}
    chance = stream(world.seed, "registration", day)
    count = len(rows)
    personal = register(chance, count, int(world.people.customer_id[rows[0]]), world.people.ring[rows].astype(np.int64))
    registered = np.array(
        [date_of(world.known, one) for one in world.people.registered_on[rows]], dtype="datetime64[s]"
    )
    drawn = {
        "income_band": INCOMES, "household_size": SIZES, "household_composition": HOMES, "marital_status": MARITAL,
        "home_ownership": OWNERSHIP, "children_count": ("0", "1", "2", "3+"), "region": REGIONS,
    }  # fmt: skip
    portrait = {name: named(chance.integers(0, len(words), count), words) for name, words in drawn.items()}
    return (
        {"customer_id": pa.array(world.people.customer_id[rows])}
        | {"registered_at": pa.array(registered + chance.integers(0, 12 * 3600, count).astype("timedelta64[s]"))}
        | {"age_band": named(world.people.age[rows], AGES)}
        | portrait
        | {"acquisition_channel": named(world.people.source[rows], SOURCES)}
        | {name: personal[name] for name in personal.column_names}
    )


def products(world: World, day: int) -> Table:
    """The range on the first day, later what is launched."""
    launched = world.catalogue.launched_on
    rows = np.flatnonzero(launched <= 0) if day == 0 else np.flatnonzero(launched == day)
    of, count = world.catalogue, len(rows)
    if not count:
        return {}
    category = of.category[rows]
    return {
        "product_id": pa.array(of.product_id[rows]),
        "name": pa.array([product_name(int(row), int(of.category[row]), bool(of.is_private[row])) for row in rows]),
        "department": pa.array([department_name(of.department[one]) for one in category]),
        "category": pa.array([category_name(one) for one in category]),
        "subcategory": empty(count),
        "brand": pa.array([brand_name(int(row), bool(of.is_private[row])) for row in rows]),
        "brand_type": named(of.is_private[rows].astype(int), ("national", "private")),
        "package_size": empty(count),
        "unit": constant("piece", count),
        "list_price": money(of.list_price[rows]),
        "cost": money(of.cost[rows]),
        "launched_on": pa.array([date_of(world.known, one) for one in launched[rows]]),
    }


def orders(world: World, made: Orders, second: IntArray, day: int) -> Table:
    count, rows = len(made.customer), made.customer
    return {
        "order_id": pa.array(order_ids(day, np.arange(count))),
        "customer_id": pa.array(world.people.customer_id[rows]),
        "ordered_at": pa.array(utc(world, day, second)),
        "order_date": constant(date_of(world.known, day), count),
        "channel": named(world.people.channel[rows], CHANNELS),
        "store_id": named((world.people.channel[rows] == STORE).astype(int), (WEBSITE, "store 1")),
        "device_id": pa.array(device_of(world, rows), mask=world.people.channel[rows] == STORE),
        "payment_id": pa.array(payment_of(world, rows)),
    }


def order_items(world: World, made: Orders, lines: Lines, day: int) -> Table:
    place = np.arange(len(lines.order)) - np.searchsorted(lines.order, lines.order) + 1
    shelf = np.maximum(np.round(world.catalogue.list_price[lines.product] * lines.units, 2) - lines.amount, 0)
    return {
        "order_id": pa.array(order_ids(day, lines.order)),
        "line_number": pa.array(place),
        "product_id": pa.array(world.catalogue.product_id[lines.product]),
        "quantity": pa.array(lines.units),
        "net_amount": money(lines.amount - lines.discount + lines.issuer_pays),
        "shelf_discount_amount": money(shelf),
        "coupon_discount_amount": money(lines.discount),
        "coupon_match_discount_amount": money(np.zeros(len(shelf))),
        "offer_id": offer_names(world, scoped_lines(made, lines)),
    }


def redemptions(world: World, made: Orders, lines: Lines, day: int) -> Table:
    used = np.flatnonzero(made.offer != NO_OFFER)
    codes = made.offer[used]
    off = np.bincount(lines.order, lines.discount, minlength=len(made.offer))[used]
    takes_money = np.array(
        [find_offer(world, int(code)).discount_type in {"amount", "percent"} for code in codes], dtype=bool
    )
    return {
        "redemption_id": pa.array((day + 1) * ORDERS_A_DAY + np.arange(len(used)) + 1),
        "customer_id": pa.array(world.people.customer_id[made.customer[used]]),
        "offer_id": offer_names(world, codes),
        "campaign_id": campaign_names(world, codes),
        "redemption_date": constant(date_of(world.known, day), len(used)),
        "order_id": pa.array(order_ids(day, used)),
        "discount_amount": pa.array(np.round(off, 2), mask=~takes_money),
    }


def spend(world: World, made: Orders, lines: Lines) -> Table:
    """What the offers used today cost the shop itself, in currency."""
    used = np.flatnonzero(made.offer != NO_OFFER)
    codes = made.offer[used]
    cost = np.bincount(lines.order, lines.discount - lines.issuer_pays, minlength=len(made.offer))[used].astype(float)
    for code in np.unique(codes):
        offer = find_offer(world, int(code))
        if offer.discount_type in {"points", "gift"}:
            cost[codes == code] = saving(offer, world.known)[1]
    return {
        "customer_id": pa.array(world.people.customer_id[made.customer[used]]),
        "offer_id": offer_names(world, codes),
        "cost": money(cost),
    }


def exposures(world: World, messages: Messages, day: int) -> Table:
    is_drawn = messages.arm != ""
    return {
        "customer_id": pa.array(world.people.customer_id[messages.rows]),
        "offer_id": offer_names(world, messages.offer),
        "campaign_id": campaign_names(world, messages.offer),
        "exposed_at": pa.array(utc(world, day, np.full(len(messages), MESSAGE_SECOND))),
        "exposure_date": constant(date_of(world.known, day), len(messages)),
        "channel": named(messages.channel, MESSAGE_CHANNELS),
        "arm": pa.array(messages.arm.tolist(), pa.string(), mask=~is_drawn) if len(messages) else empty(0),
        "probability": pa.array(messages.probability, mask=~is_drawn | np.isnan(messages.probability)),
    }


def events(world: World, visits: Visits, made: Events, day: int) -> Table:
    rows = visits.customer[made.visit]
    wordings = [text for category in range(world.catalogue.categories) for text in queries(category)]
    has_product = made.product != NO_PRODUCT
    return {
        "event_id": pa.array((day + 1) * EVENTS_A_DAY + np.arange(len(rows)) + 1),
        "customer_id": pa.array(world.people.customer_id[rows], mask=~visits.is_known[made.visit]),
        "session_id": pa.array((day + 1) * EVENTS_A_DAY + made.visit + 1),
        "event_type": named(made.kind, EVENTS),
        "occurred_at": pa.array(utc(world, day, made.second)),
        "event_date": constant(date_of(world.known, day), len(rows)),
        "product_id": pa.array(np.where(has_product, world.catalogue.product_id[made.product], 0), mask=~has_product),
        "query": named(np.where(made.query == NO_QUERY, -1, made.query), wordings),
        "channel": named(visits.channel[made.visit], CHANNELS),
        "dwell_seconds": pa.array(made.dwell, mask=np.isnan(made.dwell)),
        "device_id": pa.array(device_of(world, visits.customer)[made.visit]),
    }


def consents(world: World, before: NDArray[np.bool_], day: int) -> Table:
    """Consents given at registration, and those changed since yesterday."""
    since = 0 if day == 0 else world.registered(day - 1)
    changed = before != world.state.consents
    changed[since : world.registered(day)] = True
    rows, channel = np.nonzero(changed[: world.registered(day)])
    return {
        "customer_id": pa.array(world.people.customer_id[rows]),
        "channel": named(channel, MESSAGE_CHANNELS),
        "is_granted": pa.array(world.state.consents[rows, channel]),
        "changed_at": pa.array(utc(world, day, np.full(len(rows), 12 * 3600))),
    }


def stock(world: World, day: int) -> Table:
    on_sale = np.flatnonzero(world.catalogue.launched_on <= day)
    count = len(on_sale)
    return {
        "product_id": pa.array(world.catalogue.product_id[on_sale]),
        "store_id": constant(WAREHOUSE, count),
        "stock_date": constant(date_of(world.known, day), count),
        "units_on_hand": pa.array(world.state.stock[on_sale]),
        "units_on_order": pa.array(world.state.on_order.sum(axis=0)[on_sale]),
        "lead_time_days": pa.array(world.catalogue.lead_days[on_sale].astype(float)),
    }


def is_week_start(world: World, day: int) -> bool:
    return day == 0 or week_number(world.known, day) != week_number(world.known, day - 1)


def competitor_prices(world: World, market: Market, day: int) -> Table:
    """Seen once a week."""
    if not is_week_start(world, day):
        return {}
    names, count = world.known.prices.competitors, world.catalogue.products
    return {
        "product_id": pa.array(np.tile(world.catalogue.product_id, len(names))),
        "competitor": named(np.repeat(np.arange(len(names)), count), names),
        "price_date": constant(date_of(world.known, day), count * len(names)),
        "price": money(market.competitor.ravel()),
    }


def store_promotions(world: World, market: Market, day: int) -> Table:
    """The front page of the week."""
    if not is_week_start(world, day):
        return {}
    placed = np.flatnonzero(market.is_placed)
    today: date = date_of(world.known, day)
    return {
        "product_id": pa.array(world.catalogue.product_id[placed]),
        "store_id": constant(WEBSITE, len(placed)),
        "start_date": constant(today, len(placed)),
        "end_date": constant(date_of(world.known, day + 6 - today.weekday()), len(placed)),
        "display_location": constant("front page", len(placed)),
        "mailer_location": empty(len(placed)),
    }


def weeks_announced(world: World, day: int) -> list[int]:
    """Weeks whose campaigns the shop hands over today: those it begins with, then one week after the other."""
    ahead = world.known.offers.lead_days // 7
    this = week_number(world.known, day)
    if day == 0:
        return list(range(this, this + ahead + 1))
    return [this + ahead] if is_week_start(world, day) else []


def announced_on(world: World, week: int) -> int:
    """Day on which a week's campaigns are handed over, and their budgets with them."""
    return max(monday_of(world.known, week - world.known.offers.lead_days // 7), 0)


def campaigns(world: World, day: int) -> Table:
    rows = [
        row for week in weeks_announced(world, day) for row in campaign_rows(world.known, world.registered(day), week)
    ]
    return {name: pa.array([row[name] for row in rows]) for name in (rows[0] if rows else {})}


def offers_announced(world: World, day: int) -> list[Offer]:
    weeks = weeks_announced(world, day)
    return [
        one for week in weeks for one in offers_of_week(world.known, world.catalogue, world.customers, world.seed, week)
    ]


def offers(world: World, day: int) -> Table:
    made = offers_announced(world, day)
    if not made:
        return {}
    return {
        "offer_id": pa.array([offer.offer_id for offer in made]),
        "campaign_id": pa.array([offer.campaign_id for offer in made]),
        "offer_type": pa.array([offer.kind for offer in made]),
        "title": pa.array([offer.title for offer in made]),
        "discount_type": pa.array([offer.discount_type for offer in made]),
        "discount_value": pa.array([offer.value for offer in made]),
        "discount_value_method": constant("given", len(made)),
        "min_basket": pa.array([offer.min_basket or None for offer in made], pa.float64()),
        "max_discount": empty(len(made), pa.float64()),
        "scope_name": pa.array([" and ".join(map(category_name, offer.scope)) or None for offer in made], pa.string()),
        "valid_from": pa.array([date_of(world.known, offer.first_day) for offer in made]),
        "valid_until": pa.array([date_of(world.known, offer.last_day) for offer in made]),
        "channel": pa.array([offer.channel for offer in made], pa.string()),
        "audience": pa.array([offer.audience for offer in made]),
        "issue_limit": pa.array([offer.issue_limit for offer in made], pa.int64()),
        "per_customer_limit": constant(1, len(made)),
        "shop_funded_rate": pa.array([offer.funded for offer in made]),
        "partner": pa.array([offer.partner for offer in made], pa.string()),
    }


def offer_products(world: World, day: int) -> Table:
    pairs = [
        (offer.offer_id, product)
        for offer in offers_announced(world, day)
        for category in offer.scope
        for product in range(world.catalogue.bounds[category], world.catalogue.bounds[category + 1])
        if world.catalogue.launched_on[product] <= day
    ]
    if not pairs:
        return {}
    ids, rows = zip(*pairs, strict=True)
    return {"offer_id": pa.array(ids), "product_id": pa.array(world.catalogue.product_id[list(rows)])}


def ratings(world: World, day: int) -> Table:
    """Stars for lines of some days ago: more for what suits the customer."""
    of = world.known.behaviour
    lines = world.recent.get(day - of.days_to_rate)
    if lines is None:
        return {}
    chance = stream(world.seed, "ratings", day)
    rated = np.flatnonzero(chance.random(len(lines["product"])) < of.rating_rate)
    customer, product = lines["customer"][rated], lines["product"][rated]
    _, once = np.unique(np.stack([customer, product]), axis=1, return_index=True)
    rated, customer, product = rated[np.sort(once)], customer[np.sort(once)], product[np.sort(once)]
    fit = np.einsum("nk,nk->n", world.people.tastes[customer], world.catalogue.factors[product].astype(np.float32))
    stars = of.stars_mean + of.stars_fit * fit + chance.normal(0, of.stars_spread, len(rated))
    return {
        "customer_id": pa.array(world.people.customer_id[customer]),
        "product_id": pa.array(world.catalogue.product_id[product]),
        "rated_at": pa.array(utc(world, day, chance.integers(9 * 3600, 22 * 3600, len(rated)))),
        "rating_date": constant(date_of(world.known, day), len(rated)),
        "rating": pa.array(np.clip(np.round(stars), 1, 5)),
    }


def returns(world: World, day: int) -> Table:
    """Lines of some days ago that come back whole."""
    of = world.known.behaviour
    lines = world.recent.get(day - of.days_to_return)
    if lines is None:
        return {}
    chance = stream(world.seed, "returns", day)
    back = np.flatnonzero(chance.random(len(lines["product"])) < of.return_rate)
    return {
        "return_id": pa.array((day + 1) * ORDERS_A_DAY + np.arange(len(back)) + 1),
        "order_id": pa.array(order_ids(day - of.days_to_return, lines["order"][back])),
        "line_number": pa.array(lines["line"][back]),
        "customer_id": pa.array(world.people.customer_id[lines["customer"][back]]),
        "product_id": pa.array(world.catalogue.product_id[lines["product"][back]]),
        "returned_at": pa.array(utc(world, day, chance.integers(9 * 3600, 18 * 3600, len(back)))),
        "return_date": constant(date_of(world.known, day), len(back)),
        "quantity": pa.array(lines["units"][back]),
        "refund_amount": money(lines["paid"][back]),
    }


def keep_lines(world: World, made: Orders, lines: Lines, day: int) -> None:
    """Today's lines stay in mind until they can be rated and returned."""
    place = np.arange(len(lines.order)) - np.searchsorted(lines.order, lines.order) + 1
    world.recent[day] = {
        "order": lines.order, "line": place, "customer": made.customer[lines.order], "product": lines.product,
        "units": lines.units, "paid": lines.amount - lines.discount,
    }  # fmt: skip
    of = world.known.behaviour
    world.recent.pop(day - max(of.days_to_rate, of.days_to_return) - 1, None)
