"""The proposals of a day, kind by kind, from what the warehouse knows."""

from datetime import date
from types import SimpleNamespace

import pandas as pd

from ml.learning.record import open_champion
from ml.models.bundles.catalogue import CATALOGUE
from ml.models.bundles.evidence import weigh
from ml.proposing import reading
from ml.proposing.answers import Goods
from ml.proposing.bundling import BundleTerms, propose_bundles
from ml.proposing.flash_sales import Demand, FlashTerms, propose_flash_sales
from ml.proposing.offers import Proposals, as_bundles, as_flash_sales, as_threshold
from ml.proposing.thresholds import ThresholdTerms, choose_menu, value_later
from warehouse.errors import NotAvailable


def sales_of(day: date, start: date, goods: Goods, numbers: SimpleNamespace) -> Proposals:
    """Flash sales within the week from `start` on."""
    days = reading.read_days(day)
    week = days[(days["ds"] >= pd.Timestamp(start)) & (days["ds"] < pd.Timestamp(start) + pd.Timedelta(days=7))]
    known = sorted(set(week["product_id"]) & set(goods.frame["product_id"]))
    if not known:
        raise NotAvailable("there is no demand forecast by day")
    mean, variance = (
        week.pivot_table(index="product_id", columns="ds", values=name).loc[known].to_numpy()
        for name in ("mean", "variance")
    )
    terms = FlashTerms(
        numbers.flash_depths, min(numbers.flash_days, mean.shape[1]), numbers.stock_service, numbers.least_margin_rate
    )
    found = propose_flash_sales(goods.take(known), Demand(mean, variance), terms)
    found = found[found["expected_margin"] >= numbers.least_expected_margin].head(numbers.most_offers)
    if found.empty:
        raise NotAvailable("of no product a reduced price pays, as its answer is known or assumed")
    return as_flash_sales(found, goods.frame, start)


def bundles_of(day: date, start: date, goods: Goods, lines: pd.DataFrame, numbers: SimpleNamespace) -> Proposals:
    """Bundles of products that surely belong together, each with the terms that bring most."""
    champion = open_champion(CATALOGUE, day)
    if champion is None:
        raise NotAvailable("no champion")
    version, model = champion
    baskets = reading.as_baskets(lines)
    pairs = model.score(baskets)
    pairs = one_way(pairs[pairs["both"] >= numbers.least_buyers])
    pairs = weigh(pairs, baskets, int(model.details()["products"]), float(numbers.settings["lift"]["shrinkage"]))
    is_sure = (pairs["q_value"] <= numbers.most_q_value) & (pairs["lift_low"] >= numbers.least_lift)
    span = max((pd.Timestamp(day) - lines["order_date"].min()).days, 1)
    terms = BundleTerms(
        numbers.bundle_depths, numbers.get_depths, numbers.least_margin_rate, numbers.most_break_even_rate,
        numbers.stock_service, numbers.offer_days / span,
    )  # fmt: skip
    found = propose_bundles(pairs[is_sure & (pairs["buyers"] >= numbers.least_buyers)], goods, terms)
    found = found[found["targeted_margin"] >= numbers.least_expected_margin]
    if found.empty:
        raise NotAvailable(f"{int(is_sure.sum())} pairs surely belong together, and an offer can pay on none")
    best = found.groupby("offer_type", sort=False).head(numbers.most_offers).reset_index(drop=True)
    made = as_bundles(best, goods.frame, start, numbers.offer_days)
    return Proposals(made.offers.assign(method=model.name, model_version=version.version), made.products, made.steps)


def one_way(pairs: pd.DataFrame) -> pd.DataFrame:
    """Each pair once, from the side that comes first: for the offer both sides are the same."""
    ends = pairs[["product_id", "partner_id"]].astype(str)
    return pairs[~pd.DataFrame({"a": ends.min(axis=1), "b": ends.max(axis=1)}).duplicated()].reset_index(drop=True)


def thresholds_of(start: date, goods: Goods, lines: pd.DataFrame, numbers: SimpleNamespace) -> Proposals:
    """One offer with a menu of steps, from what customers' baskets held."""
    baskets = reading.basket_amounts(lines)
    known = goods.frame.set_index("product_id")
    rates = (1 - known["cost"] / known["price"]).reindex(lines["product_id"]).fillna(0).to_numpy()
    terms = ThresholdTerms(
        depths=numbers.threshold_depths,
        steps=numbers.threshold_steps,
        fill_rate=numbers.threshold_fill_rate,
        reach_rate=numbers.threshold_reach_rate,
        margin_rate=float((lines["amount"] * rates).sum() / max(lines["amount"].sum(), 1e-9)),
        pull_forward_rate=goods.pull_forward_rate,
    )
    margin = margin_later(lines, terms, numbers.judged_days)
    menu = choose_menu(baskets, terms)
    if menu.steps.empty or margin <= 0:
        raise NotAvailable("steps chosen on older baskets bring nothing on the newest")
    days = (lines["order_date"].max() - lines["order_date"].min()).days + 1
    amounts, times = baskets["amount"].to_numpy(float), numbers.offer_days / max(days, 1)
    made = as_threshold(menu, amounts, times, start, numbers.offer_days)
    offers = made.offers.assign(expected_margin=margin * numbers.offer_days / numbers.judged_days)
    return Proposals(offers, made.products, made.steps)


def margin_later(lines: pd.DataFrame, terms: ThresholdTerms, judged_days: int) -> float:
    """What a menu chosen on the baskets before the newest days would have brought in these, in currency."""
    is_new = lines["order_date"] > lines["order_date"].max() - pd.Timedelta(days=judged_days)
    menu = choose_menu(reading.basket_amounts(lines[~is_new]), terms)
    return float(value_later(menu, reading.basket_amounts(lines[is_new]), terms).sum())
