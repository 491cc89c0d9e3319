"""What several offers take off one basket together: best-of, per item, sequential, exclusive, each with caps.

Conventions, the same for every rule:

- Amounts are exact fractions inside and rounded once, at the end, half up to cents: no order of steps changes a cent.
- A minimum basket is that of the whole basket before anything is taken off.
- Percent and amounts take money off the goods in scope and never more than they cost. Points and gifts take nothing off
  the price: they are worth something besides, and go along with what is taken off.
- The order in which offers are listed never matters. Sequential applies percents before amounts, as tills do and as
  costs the shop most; larger values first.
- A cap cuts what is taken off, every offer's part alike. Of an exclusive set the customer can use one offer, the best.
- Each offer's part is paid by the shop with its share, and by its partner for the rest.

>>> ten, twenty = Promotion("percent", 10), Promotion("percent", 20)
>>> basket = (150, 100)
>>> [str(combine(basket, (ten, twenty), Stacking(rule)).price) for rule in ("best_of", "sequential")]
['200.00', '180.00']
>>> apart = Promotion("percent", 10, items=(0,)), Promotion("percent", 20, items=(1,))
>>> str(combine(basket, apart, Stacking("per_item")).price)
'215.00'
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

Money = int | float | str | Decimal | Fraction
Parts = list[Fraction]  # what each offer takes off
CENT = Decimal("0.01")
OFF_THE_PRICE = ("percent", "amount")


@dataclass(frozen=True)
class Promotion:
    """One offer in a basket. `value` is in percent (0-100) for percent, in currency for amount, points and gift (what
    the points or the gift are worth); `items` are places in the basket, none of them named means all."""

    discount_type: str
    value: Money
    items: tuple[int, ...] | None = None
    min_basket: Money = 0
    max_discount: Money | None = None
    shop_funded_rate: Money = 1


@dataclass(frozen=True)
class Stacking:
    """How offers add up: best_of, per_item, sequential or exclusive; caps in currency and as a share of the basket."""

    rule: str
    max_discount: Money | None = None
    max_discount_rate: Money | None = None


@dataclass(frozen=True)
class Taken:
    """What a basket costs, what was taken off it, what points and gifts are worth, and who pays for all of that."""

    price: Decimal
    discount: Decimal
    extras: Decimal
    shop_cost: Decimal
    partner_cost: Decimal

    @property
    def worth(self) -> Decimal:
        """What the customer has of it."""
        return self.discount + self.extras


def combine(prices: Sequence[Money], promotions: Sequence[Promotion], stacking: Stacking) -> Taken:
    """The basket (item prices in currency) with all of the promotions used in it, under one rule.

    Raises ValueError for an unknown rule or kind of discount and for negative prices or values.

    >>> combine((50,), (Promotion("amount", 10, min_basket=60),), Stacking("best_of")).discount
    Decimal('0.00')
    >>> capped = Stacking("sequential", max_discount=12)
    >>> combine((100,), (Promotion("amount", 10), Promotion("amount", 5, shop_funded_rate=0)), capped).shop_cost
    Decimal('8.00')
    """
    if stacking.rule not in RULES:
        raise ValueError(f"{stacking.rule!r} is no stacking rule; there are {', '.join(RULES)}")
    basket = [exact(price) for price in prices]
    used = sorted((one for one in promotions if is_usable(one, basket)), key=place_of)
    parts, extras = RULES[stacking.rule](basket, used)
    parts = cut(parts, limit_of(stacking, sum(basket, Fraction())))
    return settle(basket, used, parts, extras)


def exact(amount: Money) -> Fraction:
    """A float as the decimal number it is printed as: 0.1 is a tenth.

    >>> exact(0.1) * 3 == exact("0.3")
    True
    """
    number = Fraction(str(amount)) if isinstance(amount, float) else Fraction(amount)
    if number < 0:
        raise ValueError(f"{amount} is negative; prices, values, shares and caps are not")
    return number


def is_usable(promotion: Promotion, basket: Sequence[Fraction]) -> bool:
    if promotion.discount_type not in (*OFF_THE_PRICE, "points", "gift"):
        raise ValueError(f"{promotion.discount_type!r} is no kind of discount")
    return sum(basket) >= exact(promotion.min_basket) and sum(scope_of(promotion, basket)) > 0


def place_of(promotion: Promotion) -> tuple[object, ...]:
    """Percents first, larger values first; the rest only makes the order the same however offers are listed."""
    rest = (promotion.items or (), exact(promotion.shop_funded_rate), cap_of(promotion) is None, cap_of(promotion) or 0)
    return promotion.discount_type != "percent", -exact(promotion.value), promotion.discount_type, *rest


def cap_of(promotion: Promotion) -> Fraction | None:
    return None if promotion.max_discount is None else exact(promotion.max_discount)


def scope_of(promotion: Promotion, basket: Sequence[Fraction]) -> Parts:
    """The prices of the goods in scope; nothing in the place of the others."""
    chosen = range(len(basket)) if promotion.items is None else promotion.items
    return [price if place in chosen else Fraction() for place, price in enumerate(basket)]


def take_off(promotion: Promotion, basket: Sequence[Fraction]) -> Parts:
    """What a promotion takes off each item; an amount is spread over the items in scope by their prices."""
    scope = scope_of(promotion, basket)
    total = sum(scope, Fraction())
    if promotion.discount_type not in OFF_THE_PRICE or not total:
        return [Fraction()] * len(basket)
    face = exact(promotion.value) * (total / 100 if promotion.discount_type == "percent" else 1)
    cap = cap_of(promotion)
    face = min(face, total, *([] if cap is None else [cap]))
    return [face * price / total for price in scope]


def worth_besides(promotion: Promotion) -> Fraction:
    cap = cap_of(promotion)
    worth = Fraction() if promotion.discount_type in OFF_THE_PRICE else exact(promotion.value)
    return worth if cap is None else min(worth, cap)


def take_best(basket: Sequence[Fraction], promotions: Sequence[Promotion]) -> tuple[Parts, Parts]:
    """The one that is worth most to the customer; of equal ones the one that costs the shop least."""
    parts = [sum(take_off(one, basket), Fraction()) for one in promotions]
    extras = [worth_besides(one) for one in promotions]
    costs = [exact(one.shop_funded_rate) for one in promotions]
    best = max(range(len(promotions)), key=lambda one: (parts[one] + extras[one], -costs[one]), default=None)
    return keep_only(parts, best), keep_only(extras, best)


def keep_only(parts: Parts, best: int | None) -> Parts:
    return [part if place == best else Fraction() for place, part in enumerate(parts)]


def take_per_item(basket: Sequence[Fraction], promotions: Sequence[Promotion]) -> tuple[Parts, Parts]:
    """On each item the promotion that takes most off it."""
    taken = [take_off(one, basket) for one in promotions]
    parts = [Fraction()] * len(promotions)
    for item in range(len(basket)) if promotions else ():
        best = max(range(len(promotions)), key=lambda one: (taken[one][item], -exact(promotions[one].shop_funded_rate)))
        parts[best] += taken[best][item]
    return parts, [worth_besides(one) for one in promotions]


def take_in_turn(basket: Sequence[Fraction], promotions: Sequence[Promotion]) -> tuple[Parts, Parts]:
    """One after the other, each on what the ones before have left."""
    left, parts = list(basket), []
    for promotion in promotions:
        taken = take_off(promotion, left)
        left = [price - off for price, off in zip(left, taken, strict=True)]
        parts.append(sum(taken, Fraction()))
    return parts, [worth_besides(one) for one in promotions]


RULES: dict[str, Callable[[Sequence[Fraction], Sequence[Promotion]], tuple[Parts, Parts]]] = {
    "best_of": take_best,
    "per_item": take_per_item,
    "sequential": take_in_turn,
    "exclusive": take_best,
}


def limit_of(stacking: Stacking, total: Fraction) -> Fraction:
    """The most that may be taken off a basket of the total."""
    limits = [total]
    limits += [] if stacking.max_discount is None else [exact(stacking.max_discount)]
    limits += [] if stacking.max_discount_rate is None else [exact(stacking.max_discount_rate) * total]
    return min(limits)


def cut(parts: Parts, limit: Fraction) -> Parts:
    total = sum(parts, Fraction())
    return parts if total <= limit else [part * limit / total for part in parts]


def settle(basket: Sequence[Fraction], used: Sequence[Promotion], parts: Parts, extras: Parts) -> Taken:
    """Round what is taken off and what it costs the shop; price and partner's cost are the rest: all adds up."""
    discount, besides = in_cents(sum(parts, Fraction())), in_cents(sum(extras, Fraction()))
    paid = ((part + extra) * exact(one.shop_funded_rate) for one, part, extra in zip(used, parts, extras, strict=True))
    shop_cost = in_cents(sum(paid, Fraction()))
    price = in_cents(sum(basket, Fraction())) - discount
    return Taken(price, discount, besides, shop_cost, discount + besides - shop_cost)


def in_cents(amount: Fraction) -> Decimal:
    """
    >>> in_cents(Fraction("0.125")), in_cents(Fraction(1, 3))
    (Decimal('0.13'), Decimal('0.33'))
    """
    cents = (amount * 100 + Fraction(1, 2)).__floor__()
    return (Decimal(cents) * CENT).quantize(CENT, ROUND_HALF_UP)
