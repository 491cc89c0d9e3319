"""Proposals as offers of a catalogue: a name, terms, days and products of each."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from ml.proposing.bundling import BUNDLE
from ml.proposing.thresholds import Menu

FLASH_SALE, SPEND_THRESHOLD = "flash_sale", "spend_threshold"
SCOPE, BUY, GET = "scope", "buy", "get"
TERMS = ("offer_type", "discount_type", "discount_value", "min_basket", "product_ids", "valid_from", "valid_until")
STEP_COLUMNS = ("offer_id", "min_basket", "discount_value", "customers", "expected_margin")


@dataclass(frozen=True)
class Proposals:
    """`offers` in columns of ml.offer_proposals, `products` with offer_id, product_id and role, `steps` of menus."""

    offers: pd.DataFrame
    products: pd.DataFrame
    steps: pd.DataFrame


def first_day(day: date, lead_days: int) -> date:
    """The first Monday at least so many days after a day: a week's proposals stay the same from morning to morning.

    >>> first_day(date(2025, 12, 1), 3), first_day(date(2025, 12, 5), 3)
    (datetime.date(2025, 12, 8), datetime.date(2025, 12, 8))
    """
    earliest = day + timedelta(days=lead_days)
    return earliest + timedelta(days=-earliest.weekday() % 7)


def name_offers(offers: pd.DataFrame) -> pd.DataFrame:
    """The offers with an offer_id of kind, first day and a fingerprint of their terms: equal terms have equal ids."""
    ids = []
    for row in offers.to_dict("records"):
        terms = "|".join(str(row.get(name)) for name in (*TERMS, "menu"))
        mark = hashlib.sha256(terms.encode()).hexdigest()[:8]
        ids.append(f"{row['offer_type']}-{row['valid_from']:%Y%m%d}-{mark}")
    return offers.assign(offer_id=ids).drop(columns="menu", errors="ignore")


def join(parts: Sequence[Proposals]) -> Proposals:
    """All proposals as one."""

    def both(name: str) -> pd.DataFrame:
        frames = [getattr(part, name) for part in parts]
        return pd.concat([one for one in frames if len(one)] or frames[:1], ignore_index=True)

    return Proposals(both("offers"), both("products"), both("steps"))


def no_steps() -> pd.DataFrame:
    return pd.DataFrame(columns=list(STEP_COLUMNS))


def as_flash_sales(found: pd.DataFrame, goods: pd.DataFrame, start: date) -> Proposals:
    """Flash sales of `propose_flash_sales`, whose first_day counts from `start`, with names and stock of the goods."""
    facts = goods.set_index("product_id").loc[found["product_id"]].reset_index(drop=True)
    begins = [start + timedelta(days=int(one)) for one in found["first_day"]]
    offers = found.rename(columns={"product_id": "product_ids"}).assign(
        offer_type=FLASH_SALE,
        title=[
            f"{depth:.0%} off {name}, {days} days only"
            for depth, name, days in zip(found["depth_rate"], facts["name"], found["days"], strict=True)
        ],
        discount_type="percent",
        discount_value=(100 * found["depth_rate"]).round(2),
        scope_name=facts["name"],
        valid_from=begins,
        valid_until=[one + timedelta(days=int(days) - 1) for one, days in zip(begins, found["days"], strict=True)],
        units_on_hand=facts["units_on_hand"],
        elasticity_basis=facts["elasticity_basis"],
    )
    offers = name_offers(offers.drop(columns=["first_day", "days", "cleared_units"]))
    products = offers[["offer_id", "product_ids"]].rename(columns={"product_ids": "product_id"}).assign(role=SCOPE)
    return Proposals(offers, products, no_steps())


def as_bundles(found: pd.DataFrame, goods: pd.DataFrame, start: date, days: int) -> Proposals:
    """Bundles of `propose_bundles` with their evidence; the elasticity shown is that of what is added."""
    facts = goods.set_index("product_id")
    a, b = (facts.loc[found[name]].reset_index(drop=True) for name in ("product_id", "partner_id"))
    is_bundle = (found["offer_type"] == BUNDLE).to_numpy(bool)
    rows = zip(is_bundle.tolist(), a["name"], b["name"], found["depth_rate"], strict=True)
    offers = found.drop(columns=["baskets", "partner_baskets", "expected", "score", "rank", "size", "p_value"]).assign(
        title=[put_together(*row) for row in rows],
        discount_type=np.where(is_bundle, "percent", "amount"),
        discount_value=np.where(is_bundle, 100 * found["depth_rate"], found["off"]).round(2),
        scope_name=[f"both {x} and {y}" for x, y in zip(a["name"], b["name"], strict=True)],
        product_ids=[",".join(pair) for pair in zip(found["product_id"], found["partner_id"], strict=True)],
        valid_from=start,
        valid_until=start + timedelta(days=days - 1),
        units_on_hand=np.fmin(a["units_on_hand"].to_numpy(float), b["units_on_hand"].to_numpy(float)),
        elasticity=b["elasticity"],
        elasticity_basis=b["elasticity_basis"],
        together_count=found["both"],
    )
    offers = name_offers(offers.drop(columns=["both", "off", "price"]))
    roles = np.where(is_bundle, SCOPE, BUY), np.where(is_bundle, SCOPE, GET)
    products = [
        offers[["offer_id", column]].rename(columns={column: "product_id"}).assign(role=role)
        for column, role in zip(("product_id", "partner_id"), roles, strict=True)
    ]
    offers = offers.drop(columns=["product_id", "partner_id"])
    return Proposals(offers, pd.concat(products, ignore_index=True), no_steps())


def put_together(is_bundle: bool, first: str, second: str, depth: float) -> str:
    """
    >>> put_together(False, "tea", "a mug", 0.5)
    'Buy tea, get a mug 50% off'
    """
    return f"{first} and {second}: {depth:.0%} off both" if is_bundle else f"Buy {first}, get {second} {depth:.0%} off"


def as_threshold(menu: Menu, amounts: np.ndarray, times: float, start: date, days: int) -> Proposals:
    """The menu as one offer: the step that most customers get are its own terms, all steps stand in its menu.

    `amounts` are the past baskets (currency), which come `times` as often within the offer's days.
    """
    steps = menu.steps.sort_values(["customers", "min_basket"], ascending=[False, True], ignore_index=True)
    own = steps.iloc[0]
    told = ";".join(f"{needed}:{off}" for needed, off in steps[["min_basket", "discount_value"]].to_numpy())
    offers = name_offers(
        pd.DataFrame(
            {
                "offer_type": [SPEND_THRESHOLD],
                "title": [f"{own['discount_value']:.2f} off from {own['min_basket']:.0f} on"],
                "discount_type": ["amount"],
                "discount_value": [own["discount_value"]],
                "min_basket": [own["min_basket"]],
                "product_ids": [""],
                "valid_from": [start],
                "valid_until": [start + timedelta(days=days - 1)],
                "depth_rate": [own["discount_value"] / own["min_basket"]],
                "usual_units": [float((amounts >= own["min_basket"]).sum()) * times],
                "menu": [told],
            }
        )
    )
    named = steps.assign(offer_id=offers["offer_id"].iloc[0])[list(STEP_COLUMNS)]
    return Proposals(offers, pd.DataFrame(columns=["offer_id", "product_id", "role"]), named)
