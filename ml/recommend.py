"""Products for every known customer: who recommends best is chosen per part on a closed window, then asked daily.

The parts are what a product is to a customer: repeat (bought lately), lapsed (bought, but not lately), novel (never
bought). One version of the family `recommendation` holds the winner of each.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from ml import parameters, registry
from ml.models import recommendation
from ml.models.recommendation import FLOOR, chosen
from ml.models.recommendation.chosen import Chosen, Scored, score_customers
from ml.models.recommendation.history import (
    NOVEL,
    PARTS,
    History,
    align_products,
    choose_products,
    read_history,
    take_customers,
)
from ml.models.recommendation.lists import merge_parts, share_places
from ml.models.recommendation.ranking import NOTHING, Estimate, rank_products
from ml.models.recommendation.tournament import ALL, Result, Window, choose_winner, compare, open_window
from warehouse import runs, tables
from warehouse.errors import NotAvailable

FAMILY, METRIC = "recommendation", "recall"
CAVEAT = (
    "Observational: a probability of purchase within {days} days, with or without the recommendation; it does not say "
    "what recommending changes."
)
NO_WINDOW = "Nothing was compared: history is shorter than the window that a comparison needs."
UNCOMPARED = np.array([[0.0, 1.0], [0.0, 1.0]])  # popularity is a share of customers, which is its own probability

PURCHASES = """
    select customer_id, product_id, unnest(order_dates)::timestamp as order_date
    from features.interactions as interactions
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
SCOPES = """
    with offers as (
        select * from staging.stg_shop__offer_products
        qualify row_number() over (partition by offer_id, product_id order by day desc) = 1
    )
    select offer_id, product_id from offers order by all
"""
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


def settings_of(terms: Any, train: Any) -> dict[str, dict[str, Any]]:
    """The arguments of every candidate's fit, by name, from sections `recommend` and `train` of ml/params.yml."""
    return {
        FLOOR: {},
        "own_frequency": {},
        "decayed_neighbours": {
            "half_life_days": terms.decayed_half_life_days,
            "neighbours": terms.decayed_neighbours,
            "neighbour_half_life_days": terms.decayed_neighbour_half_life_days,
            "neighbour_weight": terms.decayed_neighbour_weight,
        },
        "ease": {"regularization": terms.ease_regularization},
        "user_cosine": {"neighbours": terms.cosine_neighbours},
        "item_cosine": {"neighbours": terms.cosine_neighbours},
        "implicit_als": {
            "factors": terms.als_factors,
            "regularization": terms.als_regularization,
            "alpha": terms.als_alpha,
            "iterations": terms.als_iterations,
            "seed": train.seed,
            "threads": train.threads,
        },
        "truncated_svd": {"factors": terms.svd_factors},
    }


def read_purchases(day: date, terms: Any) -> pd.DataFrame:
    """customer_id, product_id and order_date of all goods bought and known before a day."""
    excluded = {"departments": terms.excluded_departments, "categories": terms.excluded_categories}
    return tables.read(PURCHASES, {"day": day, **excluded}).to_pandas()


def train(day: date) -> int:
    """Compare candidates on the last closed window, fit the winners on all that is known; gives the rows written."""
    known = parameters.load()
    terms, days = known.recommend, known.labels.category_horizon_days
    opened = day - timedelta(days=days)
    now, before = read_purchases(day, terms), read_purchases(opened, terms)
    if now.empty:
        raise NotAvailable(f"nobody has bought anything that is known before {day}; there is nothing to recommend from")
    incumbent = registry.champion_for(FAMILY, day - timedelta(days=1))
    with threadpool_limits(known.train.threads):
        settings = settings_of(terms, known.train)
        results = run_tournament(before, now, opened, settings, terms)
        names = choose_names(results, incumbent)
        history = read_history(now, day)
        fitted = fit_chosen(history, names, results, settings, terms)
    versions = describe_versions(day, opened, names, results, settings, history)
    registry.register(versions, lambda folder: chosen.save(fitted, folder))
    print(f"recommendation: {', '.join(f'{part} by {name}' for part, name in names.items())}")
    return len(versions)


def run_tournament(
    before: pd.DataFrame, now: pd.DataFrame, opened: date, settings: Mapping[str, Mapping[str, Any]], terms: Any
) -> dict[str, Result]:
    """Results by candidate; none where nothing was bought before the window or nothing inside it."""
    inside = now[now["order_date"] >= pd.Timestamp(opened)]
    if before.empty or inside.empty:
        return {}
    window = make_window(before, inside, opened, terms)
    return {result.candidate: result for result in compare(window, settings, terms.list_length)}


def make_window(before: pd.DataFrame, inside: pd.DataFrame, opened: date, terms: Any) -> Window:
    """The window that opened on a day: purchases known before it, and purchases made since."""
    history = learnable(read_history(before, opened), terms)
    later = read_history(inside, pd.Timestamp(inside["order_date"].max()).date() + timedelta(days=1))
    return open_window(history, align_products(later, history.products), terms.lapsed_after_days)


def learnable(history: History, terms: Any) -> History:
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
    settings: Mapping[str, Mapping[str, Any]],
    terms: Any,
) -> Chosen:
    """Fit each winner on the whole history; its probabilities stay those of the window it had not seen."""
    learned = learnable(history, terms)
    fitted = {name: recommendation.fit(name, learned, settings[name]) for name in sorted(set(names.values()))}
    lines = {part: results[name].lines[part] if results else UNCOMPARED for part, name in names.items()}
    return Chosen(fitted, names, lines, terms.lapsed_after_days)


def data_mark(history: History) -> str:
    arrays = (history.customers, history.products, history.customer, history.product, history.age_days)
    return registry.fingerprint(*(array.tobytes() for array in arrays))


def code_mark() -> str:
    folder = Path(recommendation.__file__).parent
    return runs.fingerprint_files([Path(__file__), *sorted(folder.glob("*.py"))])


def describe_versions(
    day: date,
    opened: date,
    names: Mapping[str, str],
    results: Mapping[str, Result],
    settings: Mapping[str, Mapping[str, Any]],
    history: History,
) -> list[registry.Version]:
    """The champion made of the winners, and every candidate as if it served all parts, with their cards."""
    rows = {"champion": ("champion", names)}
    for candidate in settings:
        rows[candidate] = ("floor" if candidate == FLOOR else "challenger", dict.fromkeys(PARTS, candidate))
    versions = []
    marks = code_mark(), data_mark(history)
    for label, (role, served) in rows.items():
        used = {name: dict(settings[name]) for name in sorted(set(served.values()))}
        chosen_by = {"parts": dict(served), "settings": used}
        reached = mean_recall(served, results)
        versions.append(
            registry.Version(
                family=FAMILY,
                version=registry.name_version(day, label, json.dumps(chosen_by, sort_keys=True), *marks),
                data_cut=day,
                role=role,
                candidate=" and ".join(dict.fromkeys(served.values())),
                parameters=chosen_by,
                metric=METRIC,
                metric_value=reached.value if reached else None,
                floor_value=floor.value if (floor := mean_recall(dict.fromkeys(PARTS, FLOOR), results)) else None,
                validation_from=opened if results else None,
                validation_until=opened if results else None,
                train_rows=len(history.customer),
                card=write_card(day, opened, served, results, reached),
            )
        )
    return versions


def mean_recall(served: Mapping[str, str], results: Mapping[str, Result]) -> Estimate | None:
    """Unweighted mean of the parts' recall, so that the small parts where promotions live count as much as repeats.

    Parts without any purchase in the window do not count. The interval takes the parts as independent.
    """
    found = [results[name].recall[part] for part, name in served.items()] if results else []
    counted = [one for one in found if one.customers]
    if not counted:
        return None
    value = float(np.mean([one.value for one in counted]))
    spread = float(np.sqrt(np.sum([(one.high - one.value) ** 2 for one in counted])) / len(counted))
    return Estimate(value, value - spread, value + spread, max(one.customers for one in counted))


def write_card(
    day: date, opened: date, served: Mapping[str, str], results: Mapping[str, Result], reached: Estimate | None
) -> dict[str, Any]:
    """The model card: data cut, window, recall per part with interval against the floor, and what to keep in mind."""
    metrics: dict[str, Any] = {METRIC: vars(reached)} if reached else {}
    for part, name in served.items() if results else ():
        floor = results[FLOOR].recall[part].value
        metrics[f"{METRIC}_{part}"] = {**vars(results[name].recall[part]), "floor": floor, "candidate": name}
    if results and len(set(served.values())) == 1:
        name = next(iter(served.values()))
        metrics[f"{METRIC}_{ALL}"] = vars(results[name].recall[ALL])
        metrics["coverage"] = {"value": results[name].coverage}
    caveat = CAVEAT.format(days=(day - opened).days)
    return {
        "data_cut": str(day),
        "window": {"from": str(opened), "until": str(day - timedelta(days=1))},
        "parts": dict(served),
        "metrics": metrics,
        "floor": FLOOR,
        "caveat": caveat if results else f"{caveat} {NO_WINDOW}",
    }


def score(day: date) -> int:
    """Write ml.recommendations of a day from the champion as of it; gives the rows written."""
    version, champion = open_champion(day)
    known = parameters.load()
    terms = known.recommend
    with threadpool_limits(known.train.threads):
        history = read_day(day, terms)
        rows = pd.concat(list(list_customers(champion, history, terms)), ignore_index=True)
    rows = rows.assign(day=day, model_version=version.version, run_id=runs.run_id(day))
    return tables.replace_day("ml.recommendations", day, rows)


def open_champion(day: date) -> tuple[registry.Version, Chosen]:
    version = registry.champion_for(FAMILY, day)
    if version is None:
        raise NotAvailable(f"there is no {FAMILY} champion as of {day}; run `python -m ml train --day {day}` first")
    return version, chosen.load(registry.files_of(FAMILY, version.version))


def read_day(day: date, terms: Any) -> History:
    """The history of every known customer as of a day, those who bought nothing included."""
    customers = tables.read(CUSTOMERS, {"day": day})["customer_id"].to_numpy(zero_copy_only=False)
    return read_history(read_purchases(day, terms), day, customers.astype(str))


def in_batches(champion: Chosen, history: History, size: int) -> Iterator[tuple[History, Scored]]:
    """Customers of a history over the champion's products, at most `size` at a time, with their scores."""
    aligned = align_products(history, champion.products)
    for start in range(0, len(aligned.customers), size):
        batch = take_customers(aligned, np.arange(start, min(start + size, len(aligned.customers))))
        yield batch, score_customers(champion, batch)


def list_customers(champion: Chosen, history: History, terms: Any) -> Iterator[pd.DataFrame]:
    """The recommendations of all customers of a history, batch by batch: customer_id, rank, product_id, score, ..."""
    is_sold = sold_lately(align_products(history, champion.products), terms.sold_within_days)
    places = share_places(terms.list_length, [terms.repeat_rate, terms.lapsed_rate, terms.novel_rate])
    for batch, scored in in_batches(champion, history, terms.batch_customers):
        yield list_batch(champion, batch, scored, is_sold, places)


def sold_lately(history: History, days: int) -> np.ndarray:
    """Whether anybody bought each product within so many days, (p,); all of them where nobody bought anything."""
    sold = np.zeros(len(history.products), bool)
    sold[history.product[history.age_days <= days]] = True
    return sold if sold.any() else ~sold


def list_batch(
    champion: Chosen, history: History, scored: Scored, is_sold: np.ndarray, places: Sequence[int]
) -> pd.DataFrame:
    """Lists of one batch of customers, best first; who bought nothing gets what is popular, and the method says so."""
    length = sum(places)
    ranked = np.stack(
        [
            rank_products(scored.scores[champion.names[part]], (scored.parts == place) & is_sold, length)
            for place, part in enumerate(PARTS)
        ]
    )
    is_cold = np.bincount(history.customer, minlength=len(history.customers)) == 0
    popular = rank_products(np.where(is_sold, champion.reach, -np.inf)[None, :], is_sold[None, :], length)[0]
    ranked[NOVEL, is_cold] = popular
    rows = np.arange(len(history.customers))[None, :, None]
    rates = scored.probability[rows, np.maximum(ranked, 0)]
    rates[NOVEL, is_cold] = champion.reach[np.maximum(popular, 0)]
    part, place = merge_parts(ranked, rates, places)
    return describe_lists(champion, history, is_cold, (part, place), ranked, rates)


def describe_lists(
    champion: Chosen,
    history: History,
    is_cold: np.ndarray,
    merged: tuple[np.ndarray, np.ndarray],
    ranked: np.ndarray,
    rates: np.ndarray,
) -> pd.DataFrame:
    part, place = merged
    customer, rank = np.nonzero(part != NOTHING)
    part, place = part[customer, rank], place[customer, rank]
    methods = np.array([champion.names[name] for name in PARTS], dtype=object)[part]
    return pd.DataFrame(
        {
            "customer_id": history.customers[customer].astype(object),
            "rank": rank.astype(np.int32) + 1,
            "product_id": history.products[ranked[part, customer, place]].astype(object),
            "score": rates[part, customer, place].astype(np.float64),
            "method": np.where(is_cold[customer], FLOOR, methods),
            "part": np.array(PARTS, dtype=object)[part],
        }
    )


def affinity(scores: np.ndarray, scope_products: csr_matrix) -> np.ndarray:
    """How well each scope fits each customer, (c, o) in 0-1: the chance to buy at least one product of it.

    `scores` (c, p) are probabilities of purchase, `scope_products` (p, o) is 1 where a product is in a scope, else 0; a
    scope without products fits nobody. Purchases of the products are taken as independent: 1 - prod(1 - p). Scores
    outside 0-1 raise ValueError.

    >>> affinity(np.array([[0.5, 0.5, 0.0]]), csr_matrix([[1, 1], [0, 1], [1, 0]])).round(2).tolist()
    [[0.5, 0.75]]
    """
    if scores.size and not (scores.min() >= 0 and scores.max() <= 1):
        raise ValueError("scores must be probabilities in 0-1")
    missed = np.log1p(-np.minimum(scores, 1 - 1e-7))
    return np.clip(-np.expm1((csr_matrix(scope_products).T @ missed.T).T), 0, 1)


def affinity_of_pairs(day: date, pairs: pd.DataFrame) -> np.ndarray:
    """Affinity of each row of customer_id and offer_id, (n,) in 0-1, as of a day.

    The chance to buy something in the offer's scope, mixed with how often the customer's own orders touched the scope's
    categories. An offer without scope products is for the whole shop. Raises NotAvailable without a champion.
    """
    known = parameters.load()
    with threadpool_limits(known.train.threads):
        liked = liked_scopes(day, sorted(set(pairs["offer_id"])), known.recommend)
    usual = tables.read(CATEGORY_ORDERS, {"day": day}).to_pandas()
    joined = pairs[["customer_id", "offer_id"]].merge(liked, how="left").merge(usual, how="left").fillna(0.0)
    weight = known.recommend.affinity_category_rate
    mixed = (1 - weight) * joined["liked"].to_numpy(float) + weight * joined["rate"].to_numpy(float).clip(0, 1)
    return mixed.clip(0, 1)


def liked_scopes(day: date, offers: Sequence[str], terms: Any) -> pd.DataFrame:
    """customer_id, offer_id, liked: the chance of each known customer to buy something in each offer's scope."""
    _, champion = open_champion(day)
    scope = scope_matrix(tables.read(SCOPES).to_pandas(), offers, champion.products)
    found = []
    for batch, scored in in_batches(champion, read_day(day, terms), terms.batch_customers):
        liked = affinity(scored.probability, scope)
        keys = pd.MultiIndex.from_product([batch.customers.astype(object), offers], names=["customer_id", "offer_id"])
        found.append(pd.DataFrame({"liked": liked.ravel()}, index=keys).reset_index())
    return pd.concat(found, ignore_index=True)


def scope_matrix(scopes: pd.DataFrame, offers: Sequence[str], products: np.ndarray) -> csr_matrix:
    """1 where a product (p) is in an offer's scope (o), (p, o); an offer that names no products is for all of them.

    >>> named = pd.DataFrame({"offer_id": ["a", "a"], "product_id": ["x", "unknown"]})
    >>> scope_matrix(named, ["a", "b"], np.array(["x", "y"])).toarray().tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    offer = pd.Index(offers).get_indexer(pd.Index(scopes["offer_id"]))
    product = pd.Index(products.astype(object)).get_indexer(pd.Index(scopes["product_id"]))
    is_inside = (offer >= 0) & (product >= 0)
    entries = (np.ones(is_inside.sum()), (product[is_inside], offer[is_inside]))
    named = csr_matrix(entries, shape=(len(products), len(offers)))
    whole = ~np.isin(np.asarray(offers, dtype=object), scopes["offer_id"].unique())
    return csr_matrix(named + csr_matrix(np.outer(np.ones(len(products)), whole)))
