"""Products for every known customer: who recommends best is chosen per part on a closed window, then asked daily.

The parts are what a product is to a customer: repeat (bought lately), lapsed (bought, but not lately), novel (never
bought). One version of the family `recommendation` holds the winner of each.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from ml import parameters
from ml.learning import registry
from ml.models import recommendation
from ml.models.recommendation import FLOOR, chosen
from ml.models.recommendation.affinity import affinity, scope_matrix
from ml.models.recommendation.card import FAMILY, describe_versions
from ml.models.recommendation.chosen import COLD, Chosen, Scored, score_customers
from ml.models.recommendation.history import (
    NOVEL,
    PARTS,
    History,
    align_products,
    choose_products,
    read_history,
    take_customers,
)
from ml.models.recommendation.lists import list_batch, share_places, sold_lately
from ml.models.recommendation.tournament import Result, Window, choose_winner, compare, open_window
from warehouse import runs, tables
from warehouse.errors import NotAvailable

__all__ = ["FAMILY", "affinity", "affinity_of_pairs", "score", "train"]

Settings = Mapping[str, Mapping[str, Any]]
SEEDED = ("scaled_als", "bpr", "nmf")
UNCOMPARED = np.array([[0.0, 1.0], [0.0, 1.0]])  # popularity is a share of customers, which is its own probability

PURCHASES = """
    select customer_id, product_id, unnest(order_dates)::timestamp as order_date
    from features.interactions
    semi join (
        select product_id from features.products
        where
            day = $day
            and not list_contains($departments::varchar[], coalesce(department, ''))
            and not list_contains($categories::varchar[], coalesce(category, ''))
    ) using (product_id)
    where day = $day
"""
CUSTOMERS = "select customer_id from features.customers where day = $day order by customer_id"
SCOPES = "select distinct offer_id, product_id from staging.stg_shop__offer_products order by all"
CATEGORY_ORDERS = """
    select
        pairs.customer_id,
        pairs.offer_id,
        coalesce(greatest(pairs.category_orders_last_365_days, pairs.scope_orders_last_365_days), 0)
        / greatest(customers.orders_last_365_days, 1) as rate
    from features.customer_offers as pairs
    inner join features.customers as customers using (day, customer_id)
    where pairs.day = $day
"""


def settings_of(terms: SimpleNamespace, seed: int, threads: int) -> dict[str, dict[str, Any]]:
    """The arguments of every candidate's fit, by name, from section `recommend` of ml/params.yml."""
    every: dict[str, dict[str, Any]] = {
        FLOOR: {},
        "own_frequency": {},
        "decayed_neighbours": {
            "half_life_days": terms.decayed_half_life_days,
            "neighbours": terms.decayed_neighbours,
            "neighbour_half_life_days": terms.decayed_neighbour_half_life_days,
            "neighbour_weight": terms.decayed_neighbour_weight,
        },
        "ease": {"regularization": terms.ease_regularization},
        **{f"{kind}_cosine": {"neighbours": terms.cosine_neighbours} for kind in ("user", "item")},
        **{
            f"{kind}_{measure}": {"neighbours": terms.cosine_neighbours, "shrinkage": terms.similarity_shrinkage}
            for kind in ("user", "item")
            for measure in ("jaccard", "pearson")
        },
        "implicit_als": {
            "factors": terms.als_factors,
            "regularization": terms.als_regularization,
            "alpha": terms.als_alpha,
            "iterations": terms.als_iterations,
            "seed": seed,
            "threads": threads,
        },
        "truncated_svd": {"factors": terms.svd_factors},
        **{name: {**numbers, **({"seed": seed} if name in SEEDED else {})} for name, numbers in terms.settings.items()},
    }
    every["ranker"] = {**terms.ranker, "members": {name: every[name] for name in terms.ranker["members"]}, "seed": seed}
    return {name: every[name] for name in (FLOOR, *terms.learners)}


def read_purchases(day: date, shop: SimpleNamespace) -> pd.DataFrame:
    """customer_id, product_id and order_date of all goods bought and known before a day."""
    excluded = {"departments": shop.excluded_departments, "categories": shop.excluded_categories}
    return tables.read(PURCHASES, {"day": day, **excluded}).to_pandas()


def train(day: date) -> int:
    """Compare candidates on the last closed window, fit the winners on all that is known; gives the rows written."""
    known = parameters.load()
    terms, opened = known.recommend, day - timedelta(days=known.labels.category_horizon_days)
    now, before = read_purchases(day, known.shop), read_purchases(opened, known.shop)
    if now.empty:
        raise NotAvailable(f"nobody has bought anything that is known before {day}; there is nothing to recommend from")
    settings = settings_of(terms, known.train.seed, known.train.threads)
    with threadpool_limits(known.train.threads):
        results = run_tournament(before, now, opened, settings, terms)
        names = choose_names(results, registry.champion_for(FAMILY, day - timedelta(days=1)))
        history = read_history(now, day)
        champion = fit_chosen(history, names, results, settings, terms)
    versions = describe_versions((opened, day), names, results, settings, history)
    registry.register(versions, lambda folder: chosen.save(champion, folder))
    print(f"recommendation: {', '.join(f'{part} by {name}' for part, name in names.items())}")
    return len(versions)


def run_tournament(
    before: pd.DataFrame, now: pd.DataFrame, opened: date, settings: Settings, terms: SimpleNamespace
) -> dict[str, Result]:
    """Results by candidate; none where nothing was bought before the window or nothing inside it."""
    inside = now[now["order_date"] >= pd.Timestamp(opened)]
    if before.empty or inside.empty:
        return {}
    window = make_window(before, inside, opened, terms)
    return {result.candidate: result for result in compare(window, settings, terms.list_length)}


def make_window(before: pd.DataFrame, inside: pd.DataFrame, opened: date, terms: SimpleNamespace) -> Window:
    """The window that opened on a day: purchases known before it, and purchases made since."""
    history = learnable(read_history(before, opened), terms)
    closed = pd.Timestamp(inside["order_date"].max()).date() + timedelta(days=1)
    return open_window(history, align_products(read_history(inside, closed), history.products), terms.lapsed_after_days)


def learnable(history: History, terms: SimpleNamespace) -> History:
    products = choose_products(history, terms.min_customers, terms.min_products, terms.max_products)
    return align_products(history, products)


def choose_names(results: Mapping[str, Result], incumbent: registry.Version | None) -> dict[str, str]:
    """The candidate that serves each part: the winner, or the floor where nothing could be compared."""
    held = incumbent.parameters.get("parts", {}) if incumbent else {}
    if not results:
        return dict.fromkeys(PARTS, FLOOR)
    return {part: choose_winner(results, part, held.get(part)) for part in PARTS}


def fit_chosen(
    history: History,
    names: Mapping[str, str],
    results: Mapping[str, Result],
    settings: Settings,
    terms: SimpleNamespace,
) -> Chosen:
    """Fit each winner on the whole history; its probabilities stay those of the window it had not seen."""
    learned = learnable(history, terms)
    fitted = {name: recommendation.fit(name, learned, settings[name]) for name in sorted(set(names.values()))}
    lines = {part: results[name].lines[part] if results else UNCOMPARED for part, name in names.items()}
    lines[COLD] = results[FLOOR].lines[PARTS[NOVEL]] if results else UNCOMPARED
    return Chosen(fitted, names, lines, terms.lapsed_after_days)


def score(day: date) -> int:
    """Write ml.recommendations of a day from the champion as of it; gives the rows written."""
    known = parameters.load()
    version, champion = open_champion(day)
    with threadpool_limits(known.train.threads):
        history = read_day(day, known.shop)
        rows = pd.concat(list(list_customers(champion, history, known.recommend)), ignore_index=True)
    rows = rows.assign(day=day, model_version=version.version, run_id=runs.run_id(day))
    return tables.replace_day("ml.recommendations", day, rows)


def open_champion(day: date) -> tuple[registry.Version, Chosen]:
    version = registry.champion_for(FAMILY, day)
    if version is None:
        raise NotAvailable(f"there is no {FAMILY} champion as of {day}; run `python -m ml train --day {day}` first")
    return version, chosen.load(registry.files_of(FAMILY, version.version))


def read_day(day: date, shop: SimpleNamespace) -> History:
    """The history of every known customer as of a day, those who bought nothing included."""
    customers = tables.read(CUSTOMERS, {"day": day})["customer_id"].to_pandas().to_numpy(str)
    return read_history(read_purchases(day, shop), day, customers)


def in_batches(champion: Chosen, history: History, size: int) -> Iterator[tuple[History, Scored]]:
    """Customers of a history over the champion's products, at most `size` at a time, with their scores."""
    aligned = align_products(history, champion.products)
    for start in range(0, len(aligned.customers), size):
        batch = take_customers(aligned, np.arange(start, min(start + size, len(aligned.customers))))
        yield batch, score_customers(champion, batch)


def list_customers(champion: Chosen, history: History, terms: SimpleNamespace) -> Iterator[pd.DataFrame]:
    """customer_id, rank, product_id, score, method and part of all customers' lists, batch by batch."""
    is_sold = sold_lately(align_products(history, champion.products), terms.sold_within_days)
    places = share_places(terms.list_length, [terms.repeat_rate, terms.lapsed_rate, terms.novel_rate])
    for batch, scored in in_batches(champion, history, terms.batch_customers):
        yield list_batch(champion, batch, scored, is_sold, places)


def affinity_of_pairs(day: date, pairs: pd.DataFrame) -> np.ndarray:
    """Affinity of each row of customer_id and offer_id, (n,) in 0-1, as of a day.

    The chance to buy something in the offer's scope, mixed with how often the customer's own orders touched the scope's
    categories. An offer without scope products is for the whole shop; customers nobody knows have affinity 0. Raises
    NotAvailable without a champion.
    """
    known = parameters.load()
    with threadpool_limits(known.train.threads):
        liked = like_scopes(day, pairs, known.shop, known.recommend)
    usual = tables.read(CATEGORY_ORDERS, {"day": day}).to_pandas()
    joined = pairs[["customer_id", "offer_id"]].merge(usual, how="left")
    rate = joined["rate"].fillna(0).to_numpy(float).clip(0, 1)
    weight = known.recommend.affinity_category_rate
    return (1 - weight) * liked + weight * rate


def like_scopes(day: date, pairs: pd.DataFrame, shop: SimpleNamespace, terms: SimpleNamespace) -> np.ndarray:
    """The chance that the customer of each row buys something in the scope of its offer, (n,) in 0-1."""
    _, champion = open_champion(day)
    offers: Sequence[str] = sorted(set(pairs["offer_id"]))
    scope = scope_matrix(tables.read(SCOPES).to_pandas(), offers, champion.products)
    offer = pd.Index(offers).get_indexer(pd.Index(pairs["offer_id"]))
    history = read_day(day, shop)
    asked = take_customers(history, np.flatnonzero(np.isin(history.customers, pairs["customer_id"].to_numpy(str))))
    found = np.zeros(len(pairs))
    for batch, scored in in_batches(champion, asked, terms.batch_customers):
        customer = pd.Index(batch.customers.astype(object)).get_indexer(pd.Index(pairs["customer_id"]))
        here = customer >= 0
        found[here] = affinity(scored.probability, scope)[customer[here], offer[here]]
    return found
