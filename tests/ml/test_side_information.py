"""Recommenders that know more than purchases: words, attributes and prices of products, visits, and people."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ml.models.contract import Recipe
from ml.models.recommendation.content import fit_content, like_goods
from ml.models.recommendation.describing import learn_describer
from ml.models.recommendation.history import split_history, take_customers
from ml.models.recommendation.interactions import Interactions, recommend_items
from ml.models.recommendation.side_information import read_goods
from warehouse.errors import BadInput

DAY = date(2026, 2, 1)
CONTENT: dict[str, Any] = {"weights": [1.0, 0.0, 0.0], "min_products": 1, "visit_weight": 1.0, "query_weight": 1.0}
CONTENT |= {"popularity_exponent": 0.0}
HAD = pd.DataFrame({"user": ["ann", "ann", "bob", "cleo"], "item": ["t1", "s1", "s1", "g1"], "time": "2026-01-05"})
ITEMS = pd.DataFrame(
    {
        "item": ["t1", "t2", "s1", "g1", "g2"],
        "name": ["green tea", "white tea", "rose soap", "garden spade", "garden rake"],
        "kind": ["drink", "drink", "care", "tool", "tool"],
        "price": [2.0, 2.1, 1.0, 30.0, 28.0],
    }
)


def seen(rows: list[tuple[str, str, str | None, str | None]]) -> pd.DataFrame:
    """Rows of user, session, item and query in the order of time."""
    frame = pd.DataFrame(rows, columns=["user", "session", "item", "query"])
    return frame.assign(time=pd.Timestamp("2026-01-20") + pd.to_timedelta(range(len(rows)), unit="min"))


def first_for(user: str, recipe: Recipe, **extras: Any) -> str:
    found = recommend_items(Interactions(HAD, DAY, length=1, skips_known=True, **extras), recipe)
    return str(found.set_index("user").loc[user, "item"])


@pytest.mark.parametrize("weights", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
def test_a_product_nobody_had_is_found_by_its_name_its_attributes_or_its_price(weights: list[float]) -> None:
    assert first_for("cleo", Recipe("content", settings={**CONTENT, "weights": weights}), items=ITEMS) == "g2"


def test_who_has_had_nothing_gets_what_was_searched_for() -> None:
    visits = seen([("new", "s", None, "Tea, please"), ("other", "s", None, "rake")])
    content = Recipe("content", settings=CONTENT)
    assert first_for("other", content, items=ITEMS, visits=visits) == "g2"
    assert first_for("new", content, items=ITEMS, visits=visits) in {"t1", "t2"}


def test_who_has_had_nothing_gets_what_is_like_what_was_looked_at() -> None:
    history = Interactions(HAD, DAY, items=ITEMS, visits=seen([("new", "s", "t1", None)])).history()
    new = take_customers(history, np.flatnonzero(history.customers == "new"))
    found = like_goods(fit_content(history, **CONTENT), new, np.array(["t1", "t2", "g1", "not in the catalogue"]))[0]
    assert found[0] == pytest.approx(1)
    assert 1 > found[1] > found[2] == found[3] == 0


def test_tf_idf_is_what_the_textbook_says() -> None:
    goods = read_goods(pd.DataFrame({"product_id": ["a", "b"], "name": ["red tea", "red soap"]}))
    vectors = learn_describer(goods, [1.0, 0.0, 0.0], 1).describe(goods).toarray()
    rare, shared = np.log(3 / 2) + 1, np.log(3 / 3) + 1
    assert vectors[0] @ vectors[1] == pytest.approx(shared**2 / (shared**2 + rare**2))


def test_who_is_like_others_gets_what_they_have() -> None:
    people = pd.DataFrame({"user": ["ann", "bob", "cleo", "new"], "town": ["north", "north", "south", "south"]})
    recipe = Recipe("attribute_popularity", settings={"prior_customers": 0.1})
    assert first_for("new", recipe, people=people) == "g1"
    assert first_for("new", recipe, people=people.assign(town=["south", "south", "north", ""])) == "s1"


def test_what_is_looked_at_next_comes_first() -> None:
    others = [(f"u{one}", f"s{one}", item, None) for one in range(3) for item in ("t1", "g2")]
    recipe = Recipe("session_transitions", settings={"prior_views": 1.0, "half_life_views": 1.0})
    assert first_for("new", recipe, items=ITEMS, visits=seen([*others, ("new", "s", "t1", None)])) == "g2"


def test_the_last_page_counts_most_and_sessions_are_kept_apart() -> None:
    pairs = [("t1", "g2"), ("s1", "t2")]
    others = [
        (f"u{one}", f"{one} {place}", item, None) for one in range(3) for place in (0, 1) for item in pairs[place]
    ]
    recipe = Recipe("session_transitions", settings={"prior_views": 1.0, "half_life_views": 0.5})
    mine = [("new", "s", "t1", None), ("new", "s", "s1", None)]
    assert first_for("new", recipe, items=ITEMS, visits=seen([*others, *mine])) == "t2"
    assert first_for("new", recipe, items=ITEMS, visits=seen([*others, *mine[::-1]])) == "g2"


def test_visits_of_the_future_are_refused_and_later_ones_unknown_to_an_earlier_day() -> None:
    visits = seen([("new", "s", "t1", None)])
    with pytest.raises(ValueError, match="that day or later"):
        Interactions(HAD, date(2026, 1, 20), visits=visits).history()
    history = Interactions(HAD, DAY, items=ITEMS, visits=visits).history()
    earlier, _ = split_history(history, 14)
    assert history.side is not None
    assert earlier.side is not None
    assert (len(history.side.visits.customer), len(earlier.side.visits.customer)) == (1, 0)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(BadInput, match="visits lack the column session"):
        Interactions(HAD, DAY, visits=pd.DataFrame({"user": ["a"], "time": ["2026-01-01"]})).history()


def test_a_list_on_a_plain_frame_keeps_the_cap_and_names_the_column_it_needs() -> None:
    bought = Interactions(HAD, DAY, length=3, items=ITEMS.rename(columns={"kind": "category"}), category_cap=1)
    found = recommend_items(bought, Recipe("popularity")).merge(ITEMS, on="item")
    assert found.groupby("user")["kind"].agg(sorted).tolist() == [["care", "drink", "tool"]] * 3
    with pytest.raises(BadInput, match="lack the column category"):
        recommend_items(Interactions(HAD, DAY, items=ITEMS, category_cap=1), Recipe("popularity"))
