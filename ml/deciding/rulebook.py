"""What campaign managers have set besides offers and campaigns, as plain frames; empty where they have not."""

from dataclasses import dataclass, fields
from datetime import date

import pandas as pd

from ml.deciding.discounts import PARTNER_DISCOUNTS, discount_terms
from ml.deciding.messages import OPEN_ASSIGNMENTS
from warehouse import tables

OFFER_TERMS = (
    "select offer_id, partner_id, region, tier, stacking_group, minimum_issue from staging.stg_shop__offer_terms"
)
OFFER_MENUS = """
    select offer_id, min_basket::double as min_basket, discount_value::double as discount_value
    from staging.stg_shop__offer_menus
    order by all
"""
STACKING_RULES = """
    select
        rule_id, first_group, second_group, rule,
        max_discount::double as max_discount, max_discount_rate
    from staging.stg_shop__stacking_rules
    order by rule_id
"""
MEMBER_TIERS = """
    select tier, minimum_amount::double as minimum_amount
    from staging.stg_shop__member_tiers
    order by minimum_amount, tier
"""
CONTACT_LIMITS = "select channel, contacts, window_days from staging.stg_shop__contact_limits order by channel"
# What partners have paid since their first day, and what offers given earlier may still cost them.
PARTNERS = f"""
    with terms as (
        select offer_id, partner_id from staging.stg_shop__offer_terms
    ),

    paid as (
        select terms.partner_id, sum(discounts.discount) as used
        from ({PARTNER_DISCOUNTS}) as discounts
        inner join terms on discounts.offer_id = terms.offer_id
        inner join staging.stg_shop__partners as partners on terms.partner_id = partners.partner_id
        where partners.start_date is null or discounts.redemption_date >= partners.start_date
        group by terms.partner_id
    ),

    promised as (
        select
            terms.partner_id,
            sum(assignments.expected_partner_cost) as committed,
            sum(
                (1 - assignments.propensity) / nullif(assignments.propensity, 0)
                * assignments.expected_partner_cost::double ^ 2
            ) as committed_variance
        from ({OPEN_ASSIGNMENTS}) as assignments
        inner join terms on assignments.offer_id = terms.offer_id
        group by terms.partner_id
    )

    select
        partners.partner_id, partners.budget::double as budget, partners.end_date,
        coalesce(partners.start_date <= $day, true) and coalesce(partners.end_date >= $day, true) as is_paying,
        coalesce(paid.used, 0)::double as used, coalesce(promised.committed, 0)::double as committed,
        coalesce(promised.committed_variance, 0)::double as committed_variance
    from staging.stg_shop__partners as partners
    left join paid on partners.partner_id = paid.partner_id
    left join promised on partners.partner_id = promised.partner_id
    order by partners.partner_id
"""


def nothing(**columns: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


@dataclass(frozen=True)
class Rulebook:
    """One frame per contract table of the managers; NOTHING_SET where a shop has none of them."""

    offer_terms: pd.DataFrame
    offer_menus: pd.DataFrame
    stacking_rules: pd.DataFrame
    member_tiers: pd.DataFrame
    contact_limits: pd.DataFrame
    partners: pd.DataFrame

    @property
    def is_empty(self) -> bool:
        return all(getattr(self, field.name).empty for field in fields(self))

    def terms_of(self, offers: pd.DataFrame) -> pd.DataFrame:
        """The terms of each offer of the catalogue, in its order; missing where nothing is set."""
        return self.offer_terms.set_index("offer_id").reindex(offers["offer_id"]).reset_index(drop=True)


NOTHING_SET = Rulebook(
    offer_terms=nothing(
        offer_id="object", partner_id="object", region="object", tier="object", stacking_group="object",
        minimum_issue="float64",
    ),
    offer_menus=nothing(offer_id="object", min_basket="float64", discount_value="float64"),
    stacking_rules=nothing(
        rule_id="object", first_group="object", second_group="object", rule="object", max_discount="float64",
        max_discount_rate="float64",
    ),
    member_tiers=nothing(tier="object", minimum_amount="float64"),
    contact_limits=nothing(channel="object", contacts="int64", window_days="int64"),
    partners=nothing(
        partner_id="object", budget="float64", end_date="datetime64[us]", is_paying="bool", used="float64",
        committed="float64", committed_variance="float64",
    ),
)  # fmt: skip


def read_rulebook(day: date) -> Rulebook:
    """The rules that hold on a day; an offer given may cost its partner until its last day."""
    return Rulebook(
        offer_terms=read(OFFER_TERMS),
        offer_menus=read(OFFER_MENUS),
        stacking_rules=read(STACKING_RULES),
        member_tiers=read(MEMBER_TIERS),
        contact_limits=read(CONTACT_LIMITS),
        partners=tables.read(PARTNERS, {"day": day} | discount_terms()).to_pandas(date_as_object=False),
    )


def read(sql: str) -> pd.DataFrame:
    return tables.read(sql).to_pandas()
