"""What recommended prices would earn in the simulated shops of `price`, by the model that makes customers buy there.

Prices are set anew each week within the guardrails of ml/params.yml, from elasticities learned once, and the shop
answers as its mean customer would: units of a category follow its products' pulls and its growth, at its competitors'
prices of the last day, all in stock. Margins are a week's expected ones in currency. The floor keeps all prices; the
peer knows the true elasticities and has the same guardrails. Ranges are those of 2,000 resamples of the categories.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.figures import Figure
from benchmarks.price_shops import SEED, SHOPS, Shop, live
from ml import parameters
from ml.learning import stages
from ml.learning.metrics import FloatArray
from ml.models.price.catalogue import CATALOGUE
from ml.models.price.elasticity import Elasticity
from ml.pricing.guardrails import Guardrails
from ml.pricing.recommending import KEEP, recommend_prices
from ml.pricing.today import Terms, goods_of_today
from simulator.market import Market, open_market, sum_by_category
from simulator.world import World

ROUNDS, REPLICATES = 8, 2000


@dataclass(frozen=True)
class Answer:
    """Units a week (J) that the shop's mean customer buys at prices (J), scaled to what categories sold lately."""

    made: World
    market: Market
    sold: FloatArray

    def pull(self, price: FloatArray) -> FloatArray:
        """The products' weights in the market, moved from its prices to others."""
        goods = self.made.catalogue
        return np.asarray(self.market.weight * (price / self.market.price) ** goods.elasticity[goods.category], float)

    def units(self, price: FloatArray) -> FloatArray:
        goods, pull = self.made.catalogue, self.pull(price)
        then, now = sum_by_category(goods, pull), sum_by_category(goods, self.market.weight)
        total = sum_by_category(goods, self.sold) * (then / now) ** self.made.known.prices.category_growth
        return np.asarray((total / then)[goods.category] * pull, dtype=float)

    def margin(self, price: FloatArray) -> FloatArray:
        """Margin a week by category."""
        goods = self.made.catalogue
        return np.asarray(sum_by_category(goods, (price - goods.cost) * self.units(price)), dtype=np.float64)


def run() -> list[Figure]:
    with threadpool_limits(1):
        return [figure for shop in SHOPS for figure in figures(live(*shop))]


def figures(shop: Shop) -> Iterator[Figure]:
    model = CATALOGUE.make(stages.recipes_of(CATALOGUE, "price")["hierarchical"]).fit(shop.weeks)
    assert isinstance(model, Elasticity)
    answer = answer_of(shop)
    goods = as_goods(shop, model, answer)
    known = knowing(goods, shop)
    keep, after = answer.margin(np.asarray(answer.market.price, dtype=np.float64)), {}
    for name, one in (("elasticities learned", goods), ("elasticities true", known)):
        after[name] = set_prices(one, answer)
    first, expected, moved = after["elasticities learned"][0]
    gain, (low, high) = relative(answer.margin(first), keep), resampled(answer.margin(first) - keep)
    name, unit = f"{shop.name}, margin beyond keeping prices", "share of the week's margin"
    best = relative(answer.margin(after["elasticities true"][0][0]), keep)
    said = f"{moved:,} prices changed; {low:,.0f} to {high:,.0f} a week, expected {expected:,.0f}"
    yield Figure(f"{name}, after one change", gain, unit, floor=0.0, peer=best, target=0.0, how_measured=said)
    last = answer.margin(after["elasticities learned"][-1][0])
    best = relative(answer.margin(after["elasticities true"][-1][0]), keep)
    low, high = resampled(last - keep)
    said = f"{low:,.0f} to {high:,.0f} a week of {keep.sum():,.0f}"
    yield Figure(f"{name}, after {ROUNDS} weeks", relative(last, keep), unit, floor=0.0, peer=best, target=0.0,
                 how_measured=said)  # fmt: skip


def answer_of(shop: Shop) -> Answer:
    made, goods = shop.world, shop.world.catalogue
    market = open_market(made.known, goods, made.seed, made.next_day - 1, np.ones(goods.products, dtype=bool))
    newest = shop.weeks.frame["ds"].max() - pd.Timedelta(weeks=parameters.load().pricing.base_weeks - 1)
    recent = shop.weeks.frame[shop.weeks.frame["ds"] >= newest].groupby("unique_id")["units"].mean()
    return Answer(made, market, recent.reindex(goods.product_id.astype(str)).fillna(0.0).to_numpy(float))


def as_goods(shop: Shop, model: Elasticity, answer: Answer) -> pd.DataFrame:
    """What the shop knows of each product (J) on the day; products not sold lately keep their price."""
    catalogue, numbers = shop.world.catalogue, parameters.load().pricing
    seen = shop.weeks.frame.groupby("unique_id")["price"].agg(lowest_price="min", highest_price="max")
    shelf = pd.DataFrame({"unique_id": catalogue.product_id.astype(str), "price": answer.market.price})
    shelf = shelf.assign(cost=catalogue.cost, competitor_price=answer.market.competitor.mean(axis=0), place=shelf.index)
    shelf = shelf.merge(shop.truth[["category"]], left_on="unique_id", right_index=True)
    deviation = float(model.details()["own_slope_deviation_between_products"])
    terms = Terms(numbers.base_weeks, numbers.borrows_from_category, deviation)
    found = goods_of_today(shelf, shop.weeks, model.score(shop.weeks), terms)
    return found.merge(seen, left_on="unique_id", right_index=True)


def knowing(goods: pd.DataFrame, shop: Shop) -> pd.DataFrame:
    """The same goods, were elasticities known; also where prices never moved."""
    own = goods["unique_id"].map(shop.truth["own_elasticity"])
    return goods.assign(elasticity=own, elasticity_low=own, elasticity_high=own)


def set_prices(goods: pd.DataFrame, answer: Answer) -> list[tuple[FloatArray, float, int]]:
    """Prices (J) after each week's change, with the margin the change was expected to bring and how many it moved."""
    rules, weeks = Guardrails.of(vars(parameters.load().pricing)), []
    price: FloatArray = np.asarray(answer.market.price, dtype=float)
    place = goods["place"].to_numpy()
    for _ in range(ROUNDS):
        units = answer.units(price)[place]
        margin = pd.Series((price[place] - goods["cost"]) * units)
        others = margin.groupby(goods["category"]).transform("sum") - margin
        now = goods.assign(price=price[place], units=units, others_margin=others)
        now = now.assign(lowest_price=np.fmin(now["lowest_price"], now["price"]))
        found = recommend_prices(now.assign(highest_price=np.fmax(now["highest_price"], now["price"])), rules)
        price = np.array(price, dtype=np.float64)
        price[place] = found["recommended_price"]
        moved = found[found["action"] != KEEP]
        weeks.append((price, float(moved["expected_margin_gain_per_week"].sum()), len(moved)))
    return weeks


def relative(margin: FloatArray, keep: FloatArray) -> float:
    return float(margin.sum() / keep.sum() - 1)


def resampled(gain: FloatArray) -> tuple[float, float]:
    """The 95 % range of the summed gain (currency a week) over resampled categories."""
    chance = np.random.default_rng(SEED)
    sums = gain[chance.integers(0, len(gain), (REPLICATES, len(gain)))].sum(axis=1)
    low, high = np.quantile(sums, [0.025, 0.975])
    return float(low), float(high)
