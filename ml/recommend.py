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
from ml.models.recommendation import FLOOR, Recommender, chosen
from ml.models.recommendation.affinity import affinity, scope_matrix
from ml.models.recommendation.card import FAMILY, describe_versions
from ml.models.recommendation.chosen import COLD, Chosen, Scored, score_customers
from ml.models.recommendation.cold import CASES, CONTENT, NEW, TELLING, find_new, open_cold, score_new
from ml.models.recommendation.history import (
    NOVEL,
    PARTS,
    History,
    align_products,
    choose_products,
    split_history,
    take_customers,
)
from ml.models.recommendation.lists import Shelf, list_batch, sold_lately
from ml.models.recommendation.places import Spread, number_categories, share_places
from ml.models.recommendation.tournament import Result, Window, choose_winner, compare, measure, open_window
from ml.recommendation_history import new_products, read_known
from warehouse import runs, tables
from warehouse.errors import NotAvailable

__all__ = ["FAMILY", "affinity", "affinity_of_pairs", "score", "train"]

Settings = Mapping[str, Mapping[str, Any]]
SEEDED = ("scaled_als", "bpr", "nmf")
UNCOMPARED = np.array([[0.0, 1.0], [0.0, 1.0]])  # popularity is a share of customers, which is its own probability

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


def train(day: date) -> int:
    """Compare candidates on the last closed window, fit the winners on all that is known; gives the rows written."""
    known = parameters.load()
    terms, days = known.recommend, known.labels.category_horizon_days
    opened = day - timedelta(days=days)
    now, _ = read_known(day, known)
    if not len(now.customer):
        raise NotAvailable(f"nobody has bought anything that is known before {day}; there is nothing to recommend from")
    settings = settings_of(terms, known.train.seed, known.train.threads)
    with threadpool_limits(known.train.threads):
        results = run_tournament(*read_known(opened, known), split_history(now, days)[1], opened, settings, terms)
        names = choose_names(results, registry.champion_for(FAMILY, day - timedelta(days=1)))
        champion = fit_chosen(now, names, results, settings, terms)
    versions = describe_versions((opened, day), names, results, settings, now)
    registry.register(versions, lambda folder: chosen.save(champion, folder))
    print(f"recommendation: {', '.join(f'{part} by {name}' for part, name in names.items())}")
    return len(versions)


def run_tournament(
    before: History,
    catalogue: pd.DataFrame,
    after: History,
    opened: date,
    settings: Settings,
    terms: SimpleNamespace,
) -> dict[str, Result]:
    """Results by candidate; none where nothing was bought before the window that opened on a day or nothing inside it.

    Customers who had bought nothing and products that hardly anybody had bought are measured apart, by the candidates
    that can tell something about them and the floor.
    """
    if not len(before.customer) or not len(after.customer):
        return {}
    window = make_window(before, after, terms)
    new = find_new(before, new_products(before, catalogue, opened, terms.new_within_days), window.before.products)
    cold = open_cold(*aligned(before, after, window.before.products), terms.lapsed_after_days)
    fresh = open_window(*aligned(buyers_of(before, terms.max_customers), after, new.products), terms.lapsed_after_days)

    def others(recommender: Recommender) -> dict[str, Result]:
        name = recommender.candidate
        found = {}
        if name in (FLOOR, *TELLING):
            for case, one in cold.items():
                found[case] = measure(name, recommendation.score(recommender, one.before), one, terms.list_length)
        if name in (FLOOR, CONTENT) and len(new.products):
            able = recommender if name == CONTENT else None
            found[NEW] = measure(name, score_new(able, window.before, new), fresh, max(1, share_list(terms)[-1]))
        return found

    return {result.candidate: result for result in compare(window, settings, terms.list_length, others)}


def make_window(before: History, after: History, terms: SimpleNamespace) -> Window:
    """The window between what was known before it and what was bought in it, over the products worth learning."""
    history = learnable(before, terms)
    return open_window(history, align_products(after, history.products), terms.lapsed_after_days)


def aligned(before: History, after: History, products: np.ndarray) -> tuple[History, History]:
    return align_products(before, products), align_products(after, products)


def buyers_of(history: History, most: int) -> History:
    """Only the customers who bought something, evenly spread over them where there are more than `most`."""
    places = np.unique(history.customer)
    if len(places) > most:
        places = places[np.linspace(0, len(places) - 1, most).astype(int)]
    return take_customers(history, places)


def learnable(history: History, terms: SimpleNamespace) -> History:
    """Customers who bought something, over the products that enough of them bought."""
    bought = buyers_of(history, terms.max_customers)
    return align_products(bought, choose_products(bought, terms.min_customers, terms.min_products, terms.max_products))


def choose_names(results: Mapping[str, Result], incumbent: registry.Version | None) -> dict[str, str]:
    """The candidate that serves each part: the winner, or the floor where nothing could be compared."""
    held = incumbent.parameters.get("parts", {}) if incumbent else {}
    if not results:
        return dict.fromkeys((*PARTS, *CASES, NEW), FLOOR)
    chosen_parts = {part: choose_winner(results, part, held.get(part)) for part in PARTS}
    return chosen_parts | {case: choose_case(results, case, held.get(case)) for case in (*CASES, NEW)}


def choose_case(results: Mapping[str, Result], case: str, incumbent: str | None) -> str:
    """The winner among those measured on a case, the floor where nobody was."""
    able = {name: result for name, result in results.items() if case in result.recall}
    return choose_winner(able, case, incumbent) if able else FLOOR


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
    lines = {
        part: results[name].lines[part] if results else UNCOMPARED for part, name in names.items() if part in PARTS
    }
    lines |= {
        case: results[names[case]].lines[case] for case in (*CASES, NEW) if results and measured(results, names, case)
    }
    lines[COLD] = results[FLOOR].lines[PARTS[NOVEL]] if results else UNCOMPARED
    return Chosen(fitted, names, lines, terms.lapsed_after_days)


def measured(results: Mapping[str, Result], names: Mapping[str, str], case: str) -> bool:
    return case in results[names[case]].lines


def score(day: date) -> int:
    """Write ml.recommendations of a day from the champion as of it; gives the rows written."""
    known = parameters.load()
    version, champion = open_champion(day)
    with threadpool_limits(known.train.threads):
        history, catalogue = read_known(day, known)
        shelf = stock_shelf(champion, history, catalogue, day, known.recommend)
        rows = pd.concat(list(list_customers(champion, history, shelf, known.recommend)), ignore_index=True)
    rows = rows.assign(day=day, model_version=version.version, run_id=runs.run_id(day))
    return tables.replace_day("ml.recommendations", day, rows)


def open_champion(day: date) -> tuple[registry.Version, Chosen]:
    version = registry.champion_for(FAMILY, day)
    if version is None:
        raise NotAvailable(f"there is no {FAMILY} champion as of {day}; run `python -m ml train --day {day}` first")
    return version, chosen.load(registry.files_of(FAMILY, version.version))


def in_batches(champion: Chosen, history: History, size: int) -> Iterator[tuple[History, Scored]]:
    """Customers of a history over the champion's products, at most `size` at a time, with their scores."""
    aligned = align_products(history, champion.products)
    for start in range(0, len(aligned.customers), size):
        batch = take_customers(aligned, np.arange(start, min(start + size, len(aligned.customers))))
        yield batch, score_customers(champion, batch)


def stock_shelf(
    champion: Chosen, history: History, catalogue: pd.DataFrame, day: date, terms: SimpleNamespace
) -> Shelf:
    """What can be listed on a day; without new products their places go to what is novel."""
    is_sold = sold_lately(align_products(history, champion.products), terms.sold_within_days)
    new = find_new(history, new_products(history, catalogue, day, terms.new_within_days), champion.products)
    places = share_list(terms)
    if not len(new.products):
        places[2:] = [sum(places[2:]), 0]
    listed = np.concatenate([champion.products.astype(object), new.products.astype(object)])
    spread = Spread(number_categories(catalogue, listed), terms.category_cap, terms.diversity)
    return Shelf(is_sold, new, places, spread)


def share_list(terms: SimpleNamespace) -> list[int]:
    """Places of a list for what is repeat, lapsed, novel and new."""
    return share_places(terms.list_length, [terms.repeat_rate, terms.lapsed_rate, terms.novel_rate, terms.new_rate])


def list_customers(champion: Chosen, history: History, shelf: Shelf, terms: SimpleNamespace) -> Iterator[pd.DataFrame]:
    """customer_id, rank, product_id, score, method and part of all customers' lists, batch by batch."""
    for batch, scored in in_batches(champion, history, terms.batch_customers):
        yield list_batch(champion, batch, scored, shelf)


def affinity_of_pairs(day: date, pairs: pd.DataFrame) -> np.ndarray:
    """Affinity of each row of customer_id and offer_id, (n,) in 0-1, as of a day.

    The chance to buy something in the offer's scope, mixed with how often the customer's own orders touched the scope's
    categories. An offer without scope products is for the whole shop; customers nobody knows have affinity 0. Raises
    NotAvailable without a champion.
    """
    known = parameters.load()
    with threadpool_limits(known.train.threads):
        liked = like_scopes(day, pairs, known)
    usual = tables.read(CATEGORY_ORDERS, {"day": day}).to_pandas()
    joined = pairs[["customer_id", "offer_id"]].merge(usual, how="left")
    rate = joined["rate"].fillna(0).to_numpy(float).clip(0, 1)
    weight = known.recommend.affinity_category_rate
    return (1 - weight) * liked + weight * rate


def like_scopes(day: date, pairs: pd.DataFrame, known: SimpleNamespace) -> np.ndarray:
    """The chance that the customer of each row buys something in the scope of its offer, (n,) in 0-1."""
    _, champion = open_champion(day)
    offers: Sequence[str] = sorted(set(pairs["offer_id"]))
    scope = scope_matrix(tables.read(SCOPES).to_pandas(), offers, champion.products)
    offer = pd.Index(offers).get_indexer(pd.Index(pairs["offer_id"]))
    history, _ = read_known(day, known)
    asked = take_customers(history, np.flatnonzero(np.isin(history.customers, pairs["customer_id"].to_numpy(str))))
    found = np.zeros(len(pairs))
    for batch, scored in in_batches(champion, asked, known.recommend.batch_customers):
        customer = pd.Index(batch.customers.astype(object)).get_indexer(pd.Index(pairs["customer_id"]))
        here = customer >= 0
        found[here] = affinity(scored.probability, scope)[customer[here], offer[here]]
    return found
