"""Six customers and twenty goods that all cost 10 and are bought for 6: what is right can be worked out by eye.

Ten categories of two products, no seasons, no price reductions, competitors at the list price, no tastes. Everybody
wants to buy every other day and then takes two units in two lines on average, spread evenly over the categories; what
differs is the answer to an offer.
"""

from types import SimpleNamespace

import numpy as np

from simulator import parameters, world
from simulator.catalogue import Catalogue
from simulator.market import Market, open_market
from simulator.offers import Offer, offers_of_week
from simulator.people import NO_RING, People
from simulator.world import ACTIVE, World

CATEGORIES, PRODUCTS, SEED = 10, 20, 4
PRICE, COST, WISHES, LINES = 10.0, 6.0, 0.5, 2.0
MONDAY, SUNDAY, WEEK = 5, 11, 1  # the first day is a Wednesday
SURE, PERSUADABLE, LOST, PUT_OFF, FORGETFUL, STOCKING = range(6)


def make() -> World:
    catalogue = make_catalogue()
    known, people = make_parameters(), make_people()
    made = World(known, SEED, 6, 30, catalogue, people, world.begin(known, catalogue, people))
    made.state.stage[:] = ACTIVE
    made.state.stock[:] = 100
    made.state.consents[:] = True
    made.state.orders[:] = made.state.first_order[:] = made.state.last_order[:] = 1
    made.next_day = SUNDAY
    return made


def make_parameters() -> SimpleNamespace:
    known = parameters.load()
    known.seasons.week, known.seasons.year_swing, known.seasons.festivals = [1.0] * 7, 0.0, []
    known.prices.promotion_rate, known.prices.competitor_step, known.prices.placement_lift = 0.0, 0.0, 0.0
    known.products.units_more = 0.0
    known.life.lapse_rate = known.life.return_rate = known.life.churn_rate = 0.0
    return known


def make_catalogue() -> Catalogue:
    none = np.zeros(CATEGORIES)
    return Catalogue(
        department=np.arange(CATEGORIES) // 2,
        category_weight=np.full(CATEGORIES, 1 / CATEGORIES),
        category_factors=np.zeros((CATEGORIES, 2)),
        elasticity=np.full(CATEGORIES, -2.0),
        cross_elasticity=np.full(CATEGORIES, 0.5),
        has_fixed_prices=none.astype(bool),
        peak_day=none.astype(int),
        swing=none,
        bounds=np.arange(0, PRODUCTS + 1, 2),
        category=np.arange(PRODUCTS) // 2,
        factors=np.zeros((PRODUCTS, 2)),
        popularity=np.ones(PRODUCTS),
        list_price=np.full(PRODUCTS, PRICE),
        cost=np.full(PRODUCTS, COST),
        launched_on=np.full(PRODUCTS, -100),
        is_private=np.zeros(PRODUCTS, dtype=bool),
        lead_days=np.full(PRODUCTS, 3),
    )


def make_people() -> People:
    everyone = np.ones(6, dtype=np.float32)
    none, kind = 0 * everyone, np.array([1, 0, 2, 3, 1, 4], dtype=np.int8)
    return People(
        kind=kind,
        registered_on=np.full(6, -100, dtype=np.int32),
        tastes=np.zeros((6, 2), dtype=np.float32),
        shares=np.full((6, CATEGORIES), 1 / CATEGORIES, dtype=np.float32),
        favourites=np.full((6, 1), -1, dtype=np.int32),
        intents=np.where(np.arange(6) == LOST, 0, WISHES).astype(np.float32),
        visits=none,
        lines=LINES * everyone,
        sensitivity=everyone,
        strength=np.where(np.arange(6) == PERSUADABLE, np.log(2), 0).astype(np.float32),
        aversion=np.where(np.arange(6) == PUT_OFF, np.log(2), 0).astype(np.float32),
        remembered=np.where(np.arange(6) == FORGETFUL, 0, everyone).astype(np.float32),
        pull_forward=np.where(np.arange(6) == PERSUADABLE, 0.25, 0).astype(np.float32),
        lift=none,
        channel=np.zeros(6, dtype=np.int8),
        message_channel=np.zeros(6, dtype=np.int8),
        hour=np.full(6, 12, dtype=np.int8),
        age=np.zeros(6, dtype=np.int8),
        source=np.zeros(6, dtype=np.int8),
        ring=np.where(np.arange(6) == STOCKING, 0, NO_RING).astype(np.int32),
        household=np.arange(6, dtype=np.int32),
        stocks_up=np.arange(6) == STOCKING,
    )


def market(made: World) -> Market:
    return open_market(made.known, made.catalogue, made.seed, made.next_day, made.state.stock > 0)


def offer(made: World, kind: str) -> Offer:
    """The week's first offer of a kind."""
    week = offers_of_week(made.known, made.catalogue, made.customers, made.seed, WEEK)
    return next(one for one in week if one.kind == kind)
