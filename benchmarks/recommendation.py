"""Every recommender on the 28 days from 3 December 2017, which no setting was chosen on: recall@20 against the floor.

Learned from days 1 to 336 of the demonstration year, tested on what households bought on days 337 to 364, over products
that at least 20 households had bought; "the best on the window before" is the candidate that days 309 to 336 would have
chosen for a part, and "lists" are those a customer gets from the parts' winners. Intervals are those of the mean at
95 %. Measured twice: over every line of the till, as the figures to reach were measured, and over goods alone, as the
platform recommends.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.figures import Figure
from benchmarks.recommendation_peers import measure_peers
from ml import parameters
from ml.models import recommendation
from ml.models.recommendation import FLOOR
from ml.models.recommendation.chosen import COLD, Chosen, score_customers
from ml.models.recommendation.cold import NewGoods
from ml.models.recommendation.history import NOVEL, PARTS, History, read_history, split_history
from ml.models.recommendation.lists import Shelf, list_batch, sold_lately
from ml.models.recommendation.places import Spread, number_categories
from ml.models.recommendation.ranking import NOTHING, estimate_mean, recall
from ml.models.recommendation.side_information import Side, read_goods, read_people, read_visits
from ml.models.recommendation.tournament import ALL, Result, Window, compare
from ml.recommend import make_window, settings_of, share_list
from warehouse import sources
from warehouse.connection import in_memory

SOURCE = "complete_journey"
DAYS = 28
LIMITS = (
    ("without limits", 0, 0.0),
    ("5 of a category", 5, 0.0),
    ("2 of a category", 2, 0.0),
    ("diversity 0.3", 0, 0.3),
)
CHOSEN = "the best on the window before"
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
# Measured elsewhere on every line of the till. The first two are rounded: what rounds to the same is as good.
TARGETS = {
    (FLOOR, ALL): 0.1245,
    ("own_frequency", ALL): 0.3185,
    ("decayed_neighbours", ALL): 0.337,
    ("ease", PARTS[NOVEL]): 0.055,
    (CHOSEN, ALL): 0.337,
    (CHOSEN, PARTS[NOVEL]): 0.055,
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
    earlier = open_on(OPENED - timedelta(days=DAYS), purchases, goods, terms)
    known_before = {result.candidate: result for result in compare(earlier, settings, terms.list_length)}
    names = {part: max(settings, key=lambda name: known_before[name].recall[part].value) for part in (ALL, *PARTS)}
    for part, name in names.items():
        yield as_figure(scope, part, CHOSEN, results[name], results[FLOOR], None, targets, f"{name}, ")
    yield from measure_lists(scope, window, goods, known, names, known_before)


def measure_lists(
    scope: str,
    window: Window,
    goods: pd.DataFrame,
    known: SimpleNamespace,
    names: Mapping[str, str],
    known_before: Mapping[str, Result],
) -> Iterator[Figure]:
    """The lists as customers get them, from the winners of the parts on the window before: recall and variety, with
    the limits on categories as they are set and without them.
    """
    terms, settings = known.recommend, settings_of(known.recommend, known.train.seed, known.train.threads)
    parts = {part: names[part] for part in PARTS}
    fitted = {name: recommendation.fit(name, window.before, settings[name]) for name in set(parts.values())}
    lines = {part: known_before[name].lines[part] for part, name in parts.items()}
    champion = Chosen(fitted, parts, {**lines, COLD: lines[PARTS[NOVEL]]}, terms.lapsed_after_days)
    scored = score_customers(champion, window.before)
    category = number_categories(goods, window.before.products.astype(object))
    is_sold = sold_lately(window.before, terms.sold_within_days)
    *places, new = share_list(terms)
    places[-1] += new
    for label, cap, diversity in (("as set", terms.category_cap, terms.diversity), *LIMITS):
        shelf = Shelf(is_sold, NewGoods(np.zeros(0, str), np.zeros(0)), [*places, 0], Spread(category, cap, diversity))
        lists = list_batch(champion, window.before, scored, shelf)
        yield from judge_lists(f"lists {label}, {scope}", lists, window, category)


def judge_lists(name: str, lists: pd.DataFrame, window: Window, category: np.ndarray) -> Iterator[Figure]:
    customer = np.searchsorted(window.before.customers, lists["customer_id"].to_numpy(str))
    product = np.searchsorted(window.before.products, lists["product_id"].to_numpy(str))
    ranked = np.full((len(window.before.customers), int(lists["rank"].max())), NOTHING)
    ranked[customer, lists["rank"] - 1] = product
    found = estimate_mean(recall(ranked, window.is_bought))
    kinds = pd.Series(category[product]).groupby(customer).nunique()
    how = f"{found.customers} customers, {found.low:.3f} to {found.high:.3f}"
    yield Figure(f"{name}, all", found.value, "recall@20", how_measured=how)
    yield Figure(f"{name}, variety", float(kinds.mean()), "categories per list", how_measured="mean over lists")


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
        yield as_figure(scope, part, result.candidate, result, floor, peer, targets)
    yield Figure(
        name=f"{result.candidate}, coverage, {scope}",
        value=result.coverage,
        unit="share of products",
        floor=floor.coverage,
        peer=peer.coverage if peer else None,
        how_measured="in at least one list",
    )


def as_figure(
    scope: str,
    part: str,
    name: str,
    result: Result,
    floor: Result,
    peer: Result | None,
    targets: Mapping[tuple[str, str], float],
    note: str = "",
) -> Figure:
    found = result.recall[part]
    return Figure(
        name=f"{name}, {part}, {scope}",
        value=found.value,
        unit="recall@20",
        floor=floor.recall[part].value,
        peer=peer.recall[part].value if peer else None,
        target=targets.get((name, part)),
        how_measured=f"{note}{found.customers} customers, {found.low:.3f} to {found.high:.3f}",
    )
