"""What is looked at next within a visit: a Markov chain over products from one page to the next."""

import numpy as np
from scipy.sparse import csr_matrix, diags

from ml.models.recommendation.history import History
from ml.models.recommendation.packing import State, pack, unpack
from ml.models.recommendation.side_information import NO_PRODUCT, Visits


def fit_session_transitions(history: History, prior_views: float, half_life_views: float) -> dict[str, np.ndarray]:
    """The chance that product j is looked at right after product i in the same session, (g, p).

    Zimdars, Chickering, Meek (2001), "Using Temporal Data for Making Recommendations": a first-order chain;
    `prior_views` of i followed by nothing draw the chances of what was hardly seen to 0.
    """
    if history.side is None:
        return {}
    goods, visits = history.side.goods, seen_products(history.side.visits)
    follows = (visits.session[1:] == visits.session[:-1]) & (visits.customer[1:] == visits.customer[:-1])
    follows &= visits.product[1:] != visits.product[:-1]
    one, after = visits.product[:-1][follows], visits.product[1:][follows]
    size = len(goods.products)
    counts = csr_matrix((np.ones(len(one), dtype=np.float32), (one, after)), shape=(size, size))
    left = counts.sum(axis=1).A1 + prior_views
    place = goods.places(history.products)
    chances = csr_matrix(diags((1 / left).astype(np.float32)) @ counts)[:, np.maximum(place, 0)]
    known = csr_matrix(chances @ diags((place != NO_PRODUCT).astype(np.float32)))
    return {"goods": goods.products, "half_life": np.array(half_life_views), **pack("chances", known)}


def seen_products(visits: Visits) -> Visits:
    return visits.take(visits.product != NO_PRODUCT)


def score_session_transitions(state: State, history: History) -> np.ndarray:
    """Mean chance over the products each customer looked at last, which lose half their weight per `half_life_views`,
    (c, p); 0 for customers without visits.
    """
    if history.side is None or "goods" not in state:
        return np.zeros(history.shape, dtype=np.float32)
    visits = seen_products(history.side.visits)
    learned = history.side.goods.products[visits.product]
    known = state["goods"]
    place = np.searchsorted(known, learned).clip(max=len(known) - 1)
    count = np.bincount(visits.customer, minlength=len(history.customers))
    order = np.lexsort((np.arange(len(visits.customer)), -visits.age_days, visits.customer))
    back = np.cumsum(count)[visits.customer[order]] - 1 - np.arange(len(order))
    weight = np.exp2(-back / float(state["half_life"])) * (known[place] == learned)[order]
    total = np.bincount(visits.customer[order], weight, minlength=len(count))
    shape = (len(count), len(known))
    recent = csr_matrix((weight, (visits.customer[order], place[order])), shape=shape)
    scaled = diags(1 / np.where(total > 0, total, 1)) @ recent
    return np.asarray((scaled @ unpack("chances", state)).toarray(), dtype=np.float32)
