"""Elasticities in the truth are those of the units the customers buy, by moving a price and counting."""

from dataclasses import replace

import numpy as np
import pytest

from simulator import market as markets
from simulator import oracle, truth, world
from simulator.catalogue import FloatArray
from simulator.choice import Choice, product_weights
from simulator.market import Market
from simulator.response import expected_lines
from simulator.world import World

STEP = 0.001


@pytest.fixture(scope="module")
def made() -> World:
    """Every product in stock, some reduced, some launched later."""
    shop = world.create(2_000, 120, 30, 9)
    shop.state.stock[:] = 100
    shop.next_day = 20
    return shop


def with_prices(shop: World, monkeypatch: pytest.MonkeyPatch, product: int, own: float, rival: float) -> Market:
    """The market of yesterday with a product's price and its competitors' multiplied."""
    known, day = shop.known, shop.next_day - 1
    reductions, rivals = markets.shelf_reductions, markets.competitor_prices
    is_it = np.arange(shop.catalogue.products) == product

    def reduced(*given: object) -> FloatArray:
        return np.where(is_it, 1 - (1 - reductions(*given)) * own, reductions(*given))

    with monkeypatch.context() as changed:
        changed.setattr(markets, "shelf_reductions", reduced)
        changed.setattr(
            markets, "competitor_prices", lambda *given: np.where(is_it, rivals(*given) * rival, rivals(*given))
        )
        changed.setattr(markets.np, "round", lambda values, *_: values)  # prices in fractions of a cent
        return markets.open_market(known, shop.catalogue, shop.seed, day, shop.state.stock > 0)


def units_of(shop: World, market: Market, product: int) -> float:
    """Expected units a day over all customers, up to a factor."""
    rows = np.arange(shop.registered(shop.next_day))
    category = int(shop.catalogue.category[product])
    chances = product_weights(Choice(shop.known, shop.people, shop.catalogue, market), rows, category).astype(float)
    chance = chances[:, product - shop.catalogue.bounds[category]] / chances.sum(axis=1)
    lines = expected_lines(shop.people, rows, market)[:, category]
    return float((shop.people.intents[rows] * lines * chance).sum())


@pytest.mark.parametrize("product", [3, 40, 77, 118])
def test_own_price_and_competitors_move_units_as_the_truth_says(
    made: World, monkeypatch: pytest.MonkeyPatch, product: int
) -> None:
    own, cross = truth.product_elasticities(made)
    for elasticity, moved in ((own, (1, 0)), (cross, (0, 1))):
        up, down = (
            units_of(made, with_prices(made, monkeypatch, product, *(np.exp(sign * STEP * np.array(moved)))), product)
            for sign in (1, -1)
        )
        assert np.log(up / down) / (2 * STEP) == pytest.approx(elasticity[product], rel=0.02)


def test_a_category_whose_prices_all_move_sells_by_its_growth_alone(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody changes to a neighbour that has become as much cheaper."""
    category = 5
    is_in = made.catalogue.category == category
    reductions = markets.shelf_reductions

    def lines_at(change: float) -> float:
        with monkeypatch.context() as changed:
            changed.setattr(
                markets,
                "shelf_reductions",
                lambda *given: np.where(is_in, 1 - (1 - reductions(*given)) * change, reductions(*given)),
            )
            changed.setattr(markets.np, "round", lambda values, *_: values)
            return float(oracle.market_of(made, made.next_day - 1).demand[category])

    elasticity = np.log(lines_at(np.exp(STEP)) / lines_at(np.exp(-STEP))) / (2 * STEP)
    assert elasticity == pytest.approx(truth.categories(made)["category_elasticity"][category], rel=0.001)


def test_simulated_units_answer_a_price_as_the_truth_says(made: World) -> None:
    """Baskets drawn with and without a tenth off one popular product; the model's arc between the two prices."""
    from simulator.baskets import fill_baskets

    shop = replace(made, next_day=made.next_day)
    shop.state.stock[:] = 1e9
    product = int(np.argmax(shop.catalogue.popularity * shop.catalogue.category_weight[shop.catalogue.category]))
    rows = np.tile(np.arange(shop.registered(shop.next_day)), 40)
    sold, expected = [], []
    with pytest.MonkeyPatch.context() as monkeypatch:
        for price in (1.0, 0.7):
            market = with_prices(shop, monkeypatch, product, price, 1.0)
            _, lines = fill_baskets(shop, market, rows, day=int(10 * price))
            sold.append(float((lines.product == product).sum()))
            chances = expected_chances(shop, market, product)
            expected.append(40 * chances)
    for seen, mean in zip(sold, expected, strict=True):
        assert seen == pytest.approx(mean, abs=4 * np.sqrt(mean))
    assert expected[1] - expected[0] > 8 * np.sqrt(expected[1])  # the two prices can be told apart


def expected_chances(shop: World, market: Market, product: int) -> float:
    rows = np.arange(shop.registered(shop.next_day))
    category = int(shop.catalogue.category[product])
    chances = product_weights(Choice(shop.known, shop.people, shop.catalogue, market), rows, category).astype(float)
    chance = chances[:, product - shop.catalogue.bounds[category]] / chances.sum(axis=1)
    return float((expected_lines(shop.people, rows, market)[:, category] * chance).sum())
