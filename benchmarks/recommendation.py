"""Every recommender on the 28 days from 3 December 2017, which no setting was chosen on: recall@20 against the floor.

Learned from days 1 to 336 of the demonstration year, tested on what households bought on days 337 to 364, over products
that at least 20 households had bought; intervals are those of the mean at 95 %. Measured twice: over every line of the
till, as the figures to reach were measured, and over goods alone, as the platform recommends.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import CosineRecommender
from threadpoolctl import threadpool_limits

from benchmarks.figures import Figure
from ml import parameters
from ml.models.recommendation import FLOOR
from ml.models.recommendation.history import PARTS, History, read_history, split_history
from ml.models.recommendation.side_information import Side, read_goods, read_people, read_visits
from ml.models.recommendation.tournament import ALL, Result, Window, compare, measure
from ml.recommend import make_window, settings_of
from warehouse import sources
from warehouse.connection import in_memory

SOURCE = "complete_journey"
DAYS = 28
FIRST_DAY, OPENED, LAST_DAY = date(2017, 1, 1), date(2017, 12, 3), date(2017, 12, 30)
PURCHASES = """
    with orders as ({orders}), order_items as ({order_items}), products as ({products})

    select
        orders.customer_id,
        order_items.product_id,
        orders.order_date::timestamp as order_date,
        bool_or(
            order_items.quantity > 0
            and products.product_id is not null
            and not list_contains($departments::varchar[], coalesce(products.department, ''))
            and not list_contains($categories::varchar[], coalesce(products.category, ''))
        ) as is_good
    from order_items
    inner join orders using (order_id)
    left join products using (product_id)
    group by all
    order by all
"""
# Measured elsewhere on every line of the till, by candidate and part: 0.337, 0.319, 0.125 and 0.055, rounded. What
# rounds to the same is as good.
TARGETS = {
    ("decayed_neighbours", ALL): 0.3365,
    ("own_frequency", ALL): 0.3185,
    (FLOOR, ALL): 0.1245,
    ("ease", "novel"): 0.0545,
}


def run() -> list[Figure]:
    known = parameters.load()
    purchases = read_purchases(known.shop)
    goods = purchases[purchases["is_good"]]
    catalogue = read_catalogue()
    with threadpool_limits(known.train.threads):
        every_line = list(measure_scope("every line", purchases, catalogue, known, TARGETS))
        return every_line + list(measure_scope("goods", goods, catalogue, known, {}))


def read_purchases(shop: SimpleNamespace) -> pd.DataFrame:
    """What each household bought on each day of the year, and whether it is a good."""
    source = sources.load(SOURCE)
    queries = {table: source.query(table) for table in ("orders", "order_items", "products")}
    excluded = {"departments": shop.excluded_departments, "categories": shop.excluded_categories}
    sql = PURCHASES.format(**queries)
    given = {**source.parameters(FIRST_DAY, LAST_DAY), **excluded}
    with in_memory() as connection:
        return connection.execute(sql, {name: given[name] for name in given if f"${name}" in sql}).df()


def read_catalogue() -> pd.DataFrame:
    """Names and attributes of the products; the grocer tells no prices."""
    source = sources.load(SOURCE)
    query = f"""
        select product_id, name, department, category, subcategory, brand, brand_type, package_size
        from ({source.query("products")})
        order by product_id
    """
    given = source.parameters(FIRST_DAY, LAST_DAY)
    with in_memory() as connection:
        return connection.execute(query, {name: given[name] for name in given if f"${name}" in query}).df()


def measure_scope(
    scope: str,
    purchases: pd.DataFrame,
    goods: pd.DataFrame,
    known: SimpleNamespace,
    targets: Mapping[tuple[str, str], float],
) -> Iterator[Figure]:
    terms, train = known.recommend, known.train
    window = open_on(OPENED, purchases, goods, terms)
    settings = settings_of(terms, train.seed, train.threads)
    results = {result.candidate: result for result in compare(window, settings, terms.list_length)}
    peers = measure_peers(window, settings, terms.list_length)
    for candidate, result in results.items():
        yield from as_figures(scope, result, results[FLOOR], peers.get(candidate), targets)


def open_on(opened: date, purchases: pd.DataFrame, goods: pd.DataFrame, terms: SimpleNamespace) -> Window:
    """The window of 28 days from a day on; what was bought before it, and the catalogue, are known."""
    closed = opened + timedelta(days=DAYS)
    known = purchases[purchases["order_date"] < pd.Timestamp(closed)]
    history = read_history(known, closed)
    side = Side(read_goods(goods), read_visits(None, history.customers, read_goods(goods), closed), nobody(history))
    before, after = split_history(replace(history, side=side), DAYS)
    return make_window(before, after, terms)


def nobody(history: History) -> np.ndarray:
    """No attributes of customers: the households' are known of a third of them only."""
    return read_people(None, history.customers)


def as_figures(
    scope: str, result: Result, floor: Result, peer: Result | None, targets: Mapping[tuple[str, str], float]
) -> Iterator[Figure]:
    """Recall over all products and per part, and the share of the catalogue in anybody's list."""
    for part in (ALL, *PARTS):
        found = result.recall[part]
        yield Figure(
            name=f"{result.candidate}, {part}, {scope}",
            value=found.value,
            unit="recall@20",
            floor=floor.recall[part].value,
            peer=peer.recall[part].value if peer else None,
            target=targets.get((result.candidate, part)),
            how_measured=f"{found.customers} customers, {found.low:.3f} to {found.high:.3f}",
        )
    yield Figure(
        name=f"{result.candidate}, coverage, {scope}",
        value=result.coverage,
        unit="share of products",
        floor=floor.coverage,
        peer=peer.coverage if peer else None,
        how_measured="in at least one list",
    )


def measure_peers(window: Window, settings: Mapping[str, Mapping[str, int]], length: int) -> dict[str, Result]:
    """The library's own factors and product neighbours on the same window.

    Its neighbours are those of the product bought, ours those of the product recommended.
    """
    scores = {
        "implicit_als": score_library_als(window.before, settings["implicit_als"]),
        "item_cosine": score_library_cosine(window.before, settings["item_cosine"]["neighbours"]),
    }
    return {candidate: measure(candidate, found, window, length) for candidate, found in scores.items()}


def score_library_als(history: History, numbers: Mapping[str, int]) -> np.ndarray:
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            numbers["factors"],
            regularization=numbers["regularization"],
            alpha=numbers["alpha"],
            iterations=numbers["iterations"],
            num_threads=numbers["threads"],
            random_state=numbers["seed"],
        )
        model.fit(history.purchase_days(), show_progress=False)
    return model.user_factors @ model.item_factors.T


def score_library_cosine(history: History, neighbours: int) -> np.ndarray:
    model = CosineRecommender(K=neighbours + 1, num_threads=1)  # one more: the product itself is among them
    with threadpool_limits(1, "blas"):
        model.fit(history.log_days().astype(np.float64), show_progress=False)
    similarity = model.similarity.tolil()
    similarity.setdiag(0)
    return (history.log_days() @ similarity.tocsr()).toarray()
