"""The first screen: the day in a few sentences and numbers."""

from ml.learning.families import OFFER_EFFECT
from ml.reporting import cards, names
from ml.reporting.contested import count_better
from ml.reporting.facts import Facts
from ml.reporting.learned import in_use
from ml.reporting.page import Tile
from ml.reporting.words import count, is_known, money, money_range, plural, rate, share

WHAT_IT_IS_NOT = (
    "How much of this margin would have come without any offer is not known, because chance has not yet shown offers "
    "to some customers and withheld them from others; the held-out customers are there to find out."
)
USE_IS_ASSUMED = (
    "No model has seen offers being used yet, so these sums rest on an assumed share of buyers who will use an offer: "
    "they rank offers and customers and are no forecast."
)


def summarise(facts: Facts) -> tuple[str, ...]:
    assumed = (USE_IS_ASSUMED,) if facts.is_use_assumed else ()
    return (who_gets_what(facts), what_it_costs(facts), *assumed, what_it_changes(facts))


def who_gets_what(facts: Facts) -> str:
    totals = facts.totals
    return (
        f"{count(totals.offered)} of {plural(totals.known, 'known customer')} ({rate(totals.offered, totals.known)}) "
        f"get {plural(totals.offers, 'offer')} today; {count(totals.held_out)} are held out for comparison"
        f"{main_reason(facts)}."
    )


def main_reason(facts: Facts) -> str:
    others = facts.frames.statuses[~facts.frames.statuses["status"].isin(["offered", "holdout"])]
    if others.empty:
        return ""
    first = others.sort_values(["customers", "status"], ascending=[False, True]).iloc[0]
    reason = names.status(first["status"]).lower()
    return f"; {count(others['customers'].sum())} get nothing, most often for “{reason}” ({count(first['customers'])})"


def what_it_costs(facts: Facts) -> str:
    totals, currency = facts.totals, facts.currency
    if not totals.offers:
        return "Nothing is spent today."
    return (
        f"The offers are expected to cost {money(totals.cost.value, currency)} in discounts, "
        f"{rate(totals.cost.value, totals.budget)} of the budgets of the running campaigns, and what is bought with "
        f"them to bring {money(totals.margin.value, currency)} of margin, at assumed rates where cost is unknown."
    )


def what_it_changes(facts: Facts) -> str:
    """The extra margin, where effects were learned; else why there is none."""
    extra, currency = facts.totals.extra_margin, facts.currency
    if extra is None:
        return WHAT_IT_IS_NOT
    return (
        f"Showing them is expected to be worth {money(extra.value, currency)} "
        f"({money_range(extra.low, extra.high, currency)}): margin that would not have come without the offers, less "
        "what they cost and what they only bring forward. "
        f"That is what was decided by; it is an estimate from offers shown and withheld by chance.{tried(facts)}"
    )


def tried(facts: Facts) -> str:
    """What such offers earned where it could be seen, beside what today's are expected to earn."""
    extra, currency, models = facts.totals.extra_margin, facts.currency, in_use(facts.frames.models)
    card = cards.parse(next(iter(models.loc[models["family"] == OFFER_EFFECT, "card"]), None))
    earned = card.earned_per_offer
    if extra is None or not facts.totals.offers or not is_known(earned.value):
        return ""
    each = extra.value / facts.totals.offers
    warning = " The best of many estimates are usually too high: believe the first number."
    return (
        f" Tried on offers that its learner had not seen, one chosen like this earned {money(earned.value, currency)} "
        f"(95% interval {money_range(earned.low, earned.high, currency)}); today's are expected to earn "
        f"{money(each, currency)} each.{warning if each > earned.value else ''}"
    )


def count_tiles(facts: Facts) -> tuple[Tile, ...]:
    return (
        known_tile(facts),
        offered_tile(facts),
        offers_tile(facts),
        holdout_tile(facts),
        cost_tile(facts),
        margin_tile(facts),
        *extra_margin_tiles(facts),
        models_tile(facts),
        gates_tile(facts),
    )


def known_tile(facts: Facts) -> Tile:
    return Tile("Customers known", count(facts.totals.known), "each with exactly one decision")


def offered_tile(facts: Facts) -> Tile:
    return Tile(
        "Customers offered",
        count(facts.totals.offered),
        f"{rate(facts.totals.offered, facts.totals.known)} of all known",
    )


def offers_tile(facts: Facts) -> Tile:
    per_customer = facts.totals.offers / facts.totals.offered if facts.totals.offered else 0
    limit = facts.parameters.decide.offers_per_customer
    return Tile("Offers made", count(facts.totals.offers), f"{per_customer:.1f} per offered customer; at most {limit}")


def holdout_tile(facts: Facts) -> Tile:
    totals, target = facts.totals, facts.parameters.decide.holdout_rate
    detail = f"{plural(totals.held_out, 'customer')}; {share(target)} of all is intended"
    return Tile("Held out", rate(totals.held_out, totals.known), detail)


def cost_tile(facts: Facts) -> Tile:
    totals, currency = facts.totals, facts.currency
    span, budget = money_range(totals.cost.low, totals.cost.high, currency), money(totals.budget, currency)
    detail = f"{span} by chance; budgets {budget}, of which {money(totals.used_before, currency)} used before"
    return Tile("Planned cost", money(totals.cost.value, currency), detail)


def margin_tile(facts: Facts) -> Tile:
    margin, currency = facts.totals.margin, facts.currency
    detail = f"{money_range(margin.low, margin.high, currency)} by chance"
    return Tile("Expected margin", money(margin.value, currency), detail, assumption=facts.margin_assumption)


def extra_margin_tiles(facts: Facts) -> tuple[Tile, ...]:
    extra, currency = facts.totals.extra_margin, facts.currency
    if extra is None:
        return ()
    detail = f"{money_range(extra.low, extra.high, currency)} if all effects lie at one end of their intervals"
    kept = f"of the effect {facts.pulled_forward} is taken to be only brought forward"
    return (Tile("Expected extra margin", money(extra.value, currency), detail, assumption=kept),)


def models_tile(facts: Facts) -> Tile:
    champions = in_use(facts.frames.models)
    if champions.empty:
        return Tile("Models in use", "none", "no model has been trained for this day", tone="bad")
    better = count_better([champion for _, champion in champions.iterrows()])
    return Tile("Models in use", count(len(champions)), f"{count(better)} better than their simple floor")


def gates_tile(facts: Facts) -> Tile:
    gates = facts.frames.gates
    failed = gates[~gates["is_passed"].astype(bool)]
    if gates.empty:
        return Tile("Checks passed", "none", "no check was recorded for this day", tone="bad")
    critical = int((failed["severity"] == "critical").sum())
    detail = f"{plural(critical, 'critical failure')}, {plural(len(failed) - critical, 'warning')}"
    return Tile("Checks passed", f"{len(gates) - len(failed)} of {len(gates)}", detail, tone="bad" if critical else "")
