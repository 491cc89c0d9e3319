"""Everything a day's decisions rest on, read from the warehouse into plain frames."""

import json
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any

import pandas as pd

from ml import parameters
from ml.deciding.cold_start import ASSUMED, assume_redemptions
from ml.deciding.contacts import complete_limits, longest_window
from ml.deciding.discounts import DISCOUNTS, discount_terms
from ml.deciding.messages import OPEN_ASSIGNMENTS, read_channel_contacts, read_responses
from ml.deciding.rulebook import NOTHING_SET, Rulebook, nothing, read_rulebook
from ml.deciding.spend_control import SPENT, estimate_factors, no_factors
from ml.learning import registry
from ml.learning.families import OFFER_EFFECT
from warehouse import sources, tables
from warehouse.arms import is_shown

REDEMPTION, PURCHASE = "redemption_offer", "purchase"
RESPONSE = "none: nobody drew lots, so the response is valued and not the effect"

CUSTOMERS = """
    with held as (
        select customer_id from staging.stg_shop__reviews where verdict = 'hold' and (until is null or until >= $day)
        union
        select customer_id from ml.abuse_flags where day = $day and is_flagged
    )

    select
        customer_id, tenure_days, days_since_last_order, net_amount_last_365_days::double as net_amount_last_365_days,
        orders_last_90_days, redemptions_last_90_days, preferred_channel, preferred_hour, region,
        customer_id in (from held) as is_under_review
    from features.customers
    where day = $day
    order by customer_id
"""
# Of the goods at hand the share that four weeks at the usual pace do not sell.
OVERSTOCK = "sum(greatest(units_on_hand - units_last_28_days, 0))::double / nullif(sum(units_on_hand), 0)::double"
OFFERS = f"""
    with newest as (
        select * from staging.stg_shop__offers qualify row_number() over (partition by offer_id order by day desc) = 1
    ),

    products as (
        select distinct
            offer_products.offer_id, products.product_id, products.category, products.margin_rate,
            products.units_on_hand, products.units_last_28_days
        from staging.stg_shop__offer_products as offer_products
        left join features.products as products
            on products.day = $day and offer_products.product_id = products.product_id
    ),

    categories as (
        select offer_id, category, count(*) as product_count from products where category is not null group by all
    ),

    main_categories as (
        select * from categories
        qualify row_number() over (partition by offer_id order by product_count desc, category) = 1
    ),

    -- Products of no category are unknown to the catalogue; they count only where it knows no categories at all.
    scopes as (
        select
            offer_id,
            coalesce(nullif(count(category), 0), count(*)) as scope_size,
            avg(margin_rate)::double as margin_rate,
            {OVERSTOCK} as overstock_rate
        from products
        group by offer_id
    ),

    shop as (
        select {OVERSTOCK} as overstock_rate from features.products where day = $day
    )

    select
        newest.* exclude (day), coalesce(scopes.scope_size, 0) as scope_size, scopes.margin_rate,
        coalesce(main_categories.category, '') as scope_category,
        coalesce(if(scopes.offer_id is null, shop.overstock_rate, scopes.overstock_rate), 0) as overstock_rate
    from newest
    cross join shop
    left join scopes using (offer_id)
    left join main_categories using (offer_id)
    where $day between newest.valid_from and newest.valid_until
    order by newest.offer_id
"""
# Money already given, and money earlier decisions may still cost: what a customer was sent and may yet redeem.
CAMPAIGNS = f"""
    with campaigns as (
        select * from staging.stg_shop__campaigns
        qualify row_number() over (partition by campaign_id order by day desc) = 1
    ),

    offers as (
        select * from staging.stg_shop__offers qualify row_number() over (partition by offer_id order by day desc) = 1
    ),

    discounts as (
        select campaign_id, sum(discount) as used from ({{discounts}}) group by campaign_id
    ),

    commitments as (
        select
            coalesce(campaign_id, '') as campaign_id,
            sum(expected_cost) as committed,
            sum(((1 - propensity) / nullif(propensity, 0) * expected_cost::double ^ 2)::decimal(38, 9))::double
                as committed_variance
        from ({OPEN_ASSIGNMENTS})
        group by all
    ),

    active as (
        select coalesce(campaign_id, '') as campaign_id, max(valid_until) as last_day
        from offers
        where $day between valid_from and valid_until
        group by all
    )

    select
        active.campaign_id,
        coalesce(campaigns.end_date, active.last_day) as end_date,
        coalesce(campaigns.budget, $default_campaign_budget)::double as budget,
        coalesce(discounts.used, 0)::double as used,
        coalesce(commitments.committed, 0)::double as committed,
        coalesce(commitments.committed_variance, 0)::double as committed_variance
    from active
    left join campaigns on active.campaign_id = campaigns.campaign_id
    left join discounts on active.campaign_id = discounts.campaign_id
    left join commitments on active.campaign_id = commitments.campaign_id
    order by active.campaign_id
"""
PAIRS = """
    select
        pairs.customer_id, pairs.offer_id, scores.score as propensity, false as is_assumed,
        pairs.scope_orders_last_90_days, pairs.scope_orders_last_365_days, pairs.scope_products_bought_last_365_days,
        pairs.days_since_last_scope_order, pairs.mean_scope_amount::double as mean_scope_amount,
        pairs.category_orders_last_365_days, pairs.kindred_exposure_count::bigint as kindred_exposure_count,
        pairs.kindred_redemption_count::bigint as kindred_redemption_count,
        effects.effect_orders, effects.effect_margin, effects.expected_cost as effect_cost
    from features.customer_offers as pairs
    left join ml.effects as effects
        on
            effects.day = $day
            and pairs.customer_id = effects.customer_id and pairs.offer_id = effects.offer_id
    {kind} join ml.scores as scores
        on
            scores.day = $day and scores.family = 'redemption_offer'
            and pairs.customer_id = scores.customer_id and pairs.offer_id = scores.subject_id
    where pairs.day = $day and pairs.offer_id in (select offer_id from ({offers}))
    order by pairs.customer_id, pairs.offer_id
"""
PURCHASES = """
    select customers.customer_id, customers.orders_last_90_days, customers.orders_last_365_days, scores.score as chance
    from features.customers as customers
    inner join ml.scores as scores
        on scores.day = $day and scores.family = 'purchase' and customers.customer_id = scores.customer_id
    where customers.day = $day
    order by customers.customer_id
"""
# What the shop reports as shown and what was decided here are the same copy when they fall on the same day. What was
# withheld counts as a contact when it is decided what would be sent next, so that the withheld are asked as often.
CONTACTS = f"""
    with contacts as (
        select customer_id, offer_id, exposure_date as contact_date, true as is_sent from staging.stg_shop__exposures
        where {is_shown()}
        union
        select customer_id, offer_id, day as contact_date, {is_shown()} as is_sent
        from ml.assignments
        where day < $day
    )

    select * from contacts
    where contact_date > $day - $window_days or offer_id in (select offer_id from ({{offers}}))
    order by all
"""
USES = """
    select customer_id, offer_id, redemption_date as contact_date, true as is_sent from staging.stg_shop__redemptions
    where offer_id in (select offer_id from ({offers}))
    order by all
"""
CONSENTS = """
    select customer_id, channel, is_granted from staging.stg_shop__consents
    qualify row_number() over (partition by customer_id, channel order by day desc, changed_at desc) = 1
    order by all
"""
VERSIONS = """
    select family, max(model_version) as model_version from (
        select family, model_version from ml.scores where day = $day and list_contains($families, family)
        union all
        select 'offer_effect' as family, model_version from ml.effects where day = $day
        union all
        select 'recommendation' as family, model_version from ml.recommendations where day = $day
    )
    group by family
    order by family
"""
SCORED = "select exists (from ml.scores where day = $day and family = $family) as is_scored"
NO_CHANNEL_CONTACTS = nothing(customer_id="object", channel="object", contact_date="datetime64[us]", offer_id="object")
NO_RESPONSES = nothing(customer_id="object", channel="object", hour="int64", messages="int64", answers="int64")
TEXTS = ("audience", "channel", "offer_type", "discount_type", "campaign_id")
NUMBERS = ("discount_value", "min_basket", "max_discount", "issue_limit", "per_customer_limit", "shop_funded_rate")


@dataclass(frozen=True)
class World:
    """The morning of a day: customers and active offers (each sorted by its id), pairs of both with their propensity.

    A pair's propensity is learned, or assumed where nothing could be learned yet (ml/deciding/cold_start.py). Effects
    of being shown the offer (orders, margin in currency) and its cost are not numbers where chance never drew.
    `rulebook` is what managers set besides. `channel_contacts` are days of contact by channel (none where no limit asks
    for them), `responses` messages and answers by channel and hour.
    `contacts` are offers sent by date and, with is_sent false, those withheld; `uses` are redemptions by date.
    """

    day: date
    run_id: str
    time_zone: str
    model_versions: str
    customers: pd.DataFrame
    offers: pd.DataFrame
    campaigns: pd.DataFrame
    pairs: pd.DataFrame
    contacts: pd.DataFrame
    uses: pd.DataFrame
    consents: pd.DataFrame
    spend_factors: pd.DataFrame = field(default_factory=no_factors)
    rulebook: Rulebook = NOTHING_SET
    channel_contacts: pd.DataFrame = field(default_factory=NO_CHANNEL_CONTACTS.copy)
    responses: pd.DataFrame = field(default_factory=NO_RESPONSES.copy)


def read_world(day: date, run_id: str) -> World:
    """Read the morning of a day; the day's own earlier decisions are not part of it."""
    offers = as_plain(read(OFFERS, day))
    is_learned = has_scores(day) or registry.champion_for(REDEMPTION, day) is not None
    known, time_zone = parameters.load(), sources.load().time_zone
    rulebook = read_rulebook(day)
    limits = rulebook.contact_limits
    window_days = longest_window(complete_limits(limits, known.decide.contact_limit, known.decide.contact_window_days))
    model_versions = read_versions(day, is_learned)
    return World(
        day=day,
        run_id=run_id,
        time_zone=time_zone,
        model_versions=model_versions,
        customers=read(CUSTOMERS, day),
        offers=offers,
        campaigns=read(CAMPAIGNS.format(discounts=DISCOUNTS), day, **money_terms()),
        pairs=read_pairs(day, offers, is_learned),
        contacts=read(
            CONTACTS.format(offers=OFFERS, is_shown=is_shown()),
            day,
            window_days=window_days,
        ),
        uses=read(USES.format(offers=OFFERS), day),
        consents=read(CONSENTS),
        spend_factors=read_factors(day, model_versions),
        rulebook=rulebook,
        channel_contacts=NO_CHANNEL_CONTACTS if limits.empty else read_channel_contacts(day, window_days),
        responses=read_responses(day, known.features.history_days, time_zone),
    )


def read_factors(day: date, model_versions: str) -> pd.DataFrame:
    """What plans of today's model, of offers that are over, taught about costs (ml/deciding/spend_control.py)."""
    decide = parameters.load().decide
    spent = read(
        SPENT.format(discounts=DISCOUNTS, is_shown=is_shown("assignments.arm")),
        day,
        spend_days=decide.spend_days,
        **cost_basis(model_versions),
        **discount_terms(),
    )
    return estimate_factors(spent, decide)


def cost_basis(model_versions: str) -> dict[str, str]:
    """What expected costs rest on: the version of effects, or without them that of the chance of use.

    >>> cost_basis('{"offer_effect": "v2", "redemption_offer": "v1"}')
    {'effect_version': 'v2', 'family': 'offer_effect', 'version': 'v2'}
    >>> cost_basis(json.dumps({OFFER_EFFECT: RESPONSE, REDEMPTION: "v1"}))["version"]
    'v1'
    """
    versions = json.loads(model_versions)
    family = REDEMPTION if versions[OFFER_EFFECT] == RESPONSE else OFFER_EFFECT
    return {"effect_version": versions[OFFER_EFFECT], "family": family, "version": versions.get(family, "")}


def has_scores(day: date) -> bool:
    """Whether somebody scored the use of offers, a champion or whoever else fills the table."""
    return bool(read(SCORED, day, family=REDEMPTION)["is_scored"].item())


def read(sql: str, day: date | None = None, **terms: Any) -> pd.DataFrame:
    return tables.read(sql, ({"day": day} if day else {}) | terms or None).to_pandas(date_as_object=False)


def read_pairs(day: date, offers: pd.DataFrame, is_learned: bool) -> pd.DataFrame:
    """Pairs with the champion's propensity; with an assumed one as long as there is no champion."""
    pairs = read(PAIRS.format(offers=OFFERS, kind="inner" if is_learned else "left"), day)
    return pairs if is_learned else assume_redemptions(pairs, offers, read(PURCHASES, day), day, cold_start_terms())


def cold_start_terms() -> SimpleNamespace:
    known = parameters.load()
    return SimpleNamespace(**vars(known.decide), **vars(known.labels))


def read_versions(day: date, is_learned: bool) -> str:
    """The versions that a decision rests on as JSON; an assumption in place of a model is named as one."""
    versions = read(VERSIONS, day, families=[REDEMPTION if is_learned else PURCHASE])
    by_family = dict(zip(versions["family"], versions["model_version"], strict=True))
    assumed = {OFFER_EFFECT: RESPONSE} | ({} if is_learned else {REDEMPTION: ASSUMED})
    known = {family: version for family, version in by_family.items() if family != REDEMPTION or is_learned}
    return json.dumps(assumed | known, sort_keys=True)


def money_terms() -> dict[str, Any]:
    return {"default_campaign_budget": parameters.load().decide.default_campaign_budget} | discount_terms()


def as_plain(offers: pd.DataFrame) -> pd.DataFrame:
    """Numbers as floats and texts as objects, whatever of them is missing."""
    kinds = dict.fromkeys(NUMBERS, "float64") | dict.fromkeys(TEXTS, "object")
    return offers.astype(kinds).assign(campaign_id=offers["campaign_id"].astype(object).fillna(""))
