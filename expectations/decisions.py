"""The gate of the decisions: everybody once, within budgets and limits, the experiment intact, nothing personal."""

from functools import reduce
from types import SimpleNamespace

from expectations import experiment, known
from expectations.checks import Check, count, measure, share, skip
from expectations.rules import DECIDE, NO_PREVIOUS, PLAN
from expectations.run import Run
from ml.deciding.cold_start import ASSUMED
from ml.deciding.contacts import ALL
from ml.deciding.discounts import discount_terms
from ml.deciding.rulebook import PARTNERS
from warehouse import contract
from warehouse.arms import is_shown
from warehouse.personal import EMAIL, TELEPHONE

NO_CONSENTS = "no rows: the source does not have this table"
NOTHING_GIVEN = "nothing is given"
OTHER_GOALS = "managers picked a point of the frontier that does not go for profit alone"
NOTHING_LIMITED = "no offer with a limit of issue is given"
NOTHING_ORDERED = "no offer of the day has a minimum issue"
NO_PARTNERS = "no partner with a budget pays for an offer given"
NO_PLANS = "no offer is active"
DECIDING = "coalesce(expected_incremental_margin, expected_margin)"  # what an offer was valued by
CENT = 0.01  # sums of amounts rounded row by row


def suite(run: Run) -> list[Check]:
    return [*customers(run), *plans(run), *offers(run), *experiment.suite(run), *privacy(run)]


def customers(run: Run) -> list[Check]:
    given = f"select customer_id as what, count(*) as value {sent(run)} group by customer_id"
    return [
        count("DEC-01", not_decided_once(run)),
        count("DEC-02", contradictions(run)),
        measure("DEC-05", given, NOTHING_GIVEN),
        measure("DEC-06", contacts(run), NOTHING_GIVEN),
        count("DEC-15", broken_ranks(run)),
        measure("DEC-19", offered_before(run)) if run.recent else skip("DEC-19", NO_PREVIOUS),
        measure("DEC-20", offered_rate(run), NO_PLANS),
    ]


def plans(run: Run) -> list[Check]:
    return [
        measure("DEC-03", budgets_used(run), NOTHING_GIVEN),
        count("DEC-04", wrong_plans(run)),
        measure("DEC-32", partners_used(run), NO_PARTNERS),
    ]


def offers(run: Run) -> list[Check]:
    return [
        count("DEC-13", f"{sent(run)} where ({is_timely(run)}) is not true"),
        measure("DEC-14", least_margins(run), NOTHING_GIVEN) if goes_for_profit(PLAN) else skip("DEC-14", OTHER_GOALS),
        count("DEC-16", without_consent(run)) if "consents" in run.sources else skip("DEC-16", NO_CONSENTS),
        measure("DEC-17", copies_too_many(run), NOTHING_LIMITED),
        share("DEC-21", sent(run), f"contains(coalesce(model_versions, ''), '{ASSUMED}')"),
        count("DEC-30", f"{decisions(run)} where nullif(trim(reason), '') is null"),
        measure("DEC-31", missed_issues(run), NOTHING_ORDERED),
        count("DEC-18", f"{sent(run)} where nullif(trim(reasons), '') is null"),
    ]


def privacy(run: Run) -> list[Check]:
    columns = personal_columns(run)
    words = f"""
        select decision::varchar as words {decisions(run)} as decision
        union all
        select assignment::varchar {assignments(run)} as assignment
    """
    looks_personal = f"regexp_matches(words, '{EMAIL}') or regexp_matches(words, '{TELEPHONE}')"
    return [
        measure("DEC-11", f"select '{', '.join(columns)}' as what, {len(columns)} as value"),
        count("DEC-12", f"from ({words}) where {looks_personal}"),
    ]


def decisions(run: Run) -> str:
    return f"from (from ml.decisions where {run.is_day})"


def assignments(run: Run) -> str:
    return f"from (from ml.assignments where {run.is_day})"


def sent(run: Run) -> str:
    """Offers really given; the log also holds what was withheld."""
    return f"from (from ml.assignments where {run.is_day} and {is_shown()})"


def not_decided_once(run: Run) -> str:
    return f"""
        from ({known.CUSTOMERS}) as customer
        full join (select customer_id, count(*) as decisions {decisions(run)} group by customer_id) as decision
            using (customer_id)
        where customer.customer_id is null or decisions is distinct from 1
    """


def contradictions(run: Run) -> str:
    """Customers whose status, offer count and assignments do not say the same."""
    return f"""
        from (select customer_id, max(status) as status, max(offer_count) as told {decisions(run)} group by customer_id)
        full join (select customer_id, count(*) as given {sent(run)} group by customer_id) using (customer_id)
        where (coalesce(given, 0) = told and (told > 0) = (status = 'offered')) is not true
    """


def contacts(run: Run) -> str:
    """Days above each limit in force: the managers', and the parameter's where they set none for all channels."""
    ordered = "select channel, contacts, window_days from staging.stg_shop__contact_limits"
    usual = f"select '{ALL}', {DECIDE.contact_limit}, {DECIDE.contact_window_days}"
    limits = f"{ordered} union all ({usual} where '{ALL}' not in (select channel from ({ordered})))"
    return f"""
        select
            concat(customer_id, ', channel ', limits.channel) as what,
            greatest(count(distinct assignments.day) - max(limits.contacts), 0) as value
        from ml.assignments as assignments
        semi join (select customer_id {sent(run)}) using (customer_id)
        inner join ({limits}) as limits on limits.channel in ('{ALL}', assignments.channel)
        where
            {is_shown("assignments.arm")}
            and assignments.day > date '{run.day}' - limits.window_days::integer and assignments.day <= date '{run.day}'
        group by customer_id, limits.channel
        having max(assignments.day) = date '{run.day}'
    """


def least_margins(run: Run) -> str:
    """Of offers given on purpose; of an offer with a minimum issue so many copies are ordered, at a loss if need be."""
    newest = "row_number() over (partition by offer_id order by day desc) = 1"
    terms = f"from staging.stg_shop__offer_terms qualify {newest}"
    ordered = f"select offer_id from ({terms}) where minimum_issue > 0"
    given = f"{sent(run)} where arm = 'treatment' and offer_id not in ({ordered})"
    return f"select concat(customer_id, ', offer ', offer_id) as what, {DECIDING} as value {given}"


def goes_for_profit(plan: SimpleNamespace) -> bool:
    """Whether deciding weighs profit alone (plan.frontier_point of ml/params.yml)."""
    return {goal for goal, weight in plan.frontier_points[plan.frontier_point].items() if weight} == {"profit"}


def broken_ranks(run: Run) -> str:
    ranks = f"select list(rank order by rank) as ranks {assignments(run)} group by customer_id"
    return f"from ({ranks}) where ranks <> range(1, len(ranks) + 1)"


def offered_before(run: Run) -> str:
    now, before = (
        f"count(*) filter (where status = 'offered' and day = date '{day}')" for day in (run.day, run.recent)
    )
    return f"select '' as what, coalesce({now} / nullif({before}, 0), 1) as value from ml.decisions"


def offered_rate(run: Run) -> str:
    rate = f"select '' as what, avg((status = 'offered')::integer) as value {decisions(run)}"
    return f"from ({rate}) where exists (from ml.offer_plans where {run.is_day})"


def budgets_used(run: Run) -> str:
    """Campaigns that spend on this day; one that the shop itself has overspent gets nothing and is left out."""
    return f"""
        select
            'campaign ' || campaign_id as what,
            round((sum(cost_expected) + coalesce(max(budget_used_before), 0))::double / max(budget)::double, 6) as value
        from ml.offer_plans
        where {run.is_day}
        group by campaign_id
        having sum(cost_expected) > 0
    """


def partners_used(run: Run) -> str:
    """Partners who pay for offers of this day: what they paid before, what is open, and what the day adds."""
    terms = {"day": f"date '{run.day}'"} | discount_terms()
    partners = reduce(lambda sql, name: sql.replace(f"${name}", str(terms[name])), terms, PARTNERS)
    return f"""
        select
            'partner ' || partners.partner_id as what,
            round((max(used + committed) + sum(assignments.expected_partner_cost)::double) / max(budget), 6) as value
        from ({partners}) as partners
        inner join staging.stg_shop__offer_terms as terms on partners.partner_id = terms.partner_id
        inner join (select * {sent(run)}) as assignments on terms.offer_id = assignments.offer_id
        where budget is not null
        group by partners.partner_id
        having sum(assignments.expected_partner_cost) > 0
    """


def wrong_plans(run: Run) -> str:
    return f"""
        from (from ml.offer_plans where {run.is_day}) as plan
        full join (
            select offer_id, count(*) as reach, sum(expected_cost) as cost, sum({DECIDING}) as margin
            {sent(run)}
            group by offer_id
        ) as given using (offer_id)
        where plan.day is null
            or coalesce(reach_planned, 0) <> coalesce(reach, 0)
            or abs(coalesce(cost_expected, 0) - coalesce(cost, 0)) > {CENT}
            or abs(coalesce(margin_expected, 0) - coalesce(margin, 0)) > {CENT}
    """


def is_timely(run: Run) -> str:
    """Usable on the day and sent on it, by the shop's calendar."""
    local = f"((send_at at time zone 'UTC') at time zone '{run.time_zone}')::date"
    return f"date '{run.day}' between valid_from and valid_until and {local} = date '{run.day}'"


def without_consent(run: Run) -> str:
    newest = "row_number() over (partition by customer_id, channel order by day desc, changed_at desc) = 1"
    granted = f"from (from staging.stg_shop__consents qualify {newest}) where is_granted"
    return f"{sent(run)} anti join ({granted}) using (customer_id, channel)"


def copies_too_many(run: Run) -> str:
    """Of each limited offer given on the day, the copies above its limit so far."""
    return f"""
        select 'offer ' || offer_id as what, greatest(copies - issue_limit, 0) as value
        from (
            select offer_id, count(*) as copies
            from ml.assignments
            where day <= date '{run.day}' and {is_shown()}
            group by offer_id
        )
        inner join ({known.newest("offer")}) using (offer_id)
        where issue_limit is not null and offer_id in (select offer_id {sent(run)})
    """


def missed_issues(run: Run) -> str:
    """Of each offer with a minimum issue the share lacking of what even days since its first decision asked for."""
    return f"""
        with terms as (
            from staging.stg_shop__offer_terms qualify row_number() over (partition by offer_id order by day desc) = 1
        ),

        issued as (
            select offer_id, count(*) as copies from (
                select customer_id, offer_id, day from ml.assignments where {is_shown()}
                union
                select customer_id, offer_id, exposure_date from staging.stg_shop__exposures where {is_shown()}
            )
            where day <= date '{run.day}'
            group by offer_id
        ),

        ordered as (
            select
                offers.offer_id, terms.minimum_issue, offers.valid_until,
                greatest(offers.valid_from, (select min(day) from ml.decisions)) as first_day
            from ({known.newest("offer")}) as offers
            inner join terms using (offer_id)
            where terms.minimum_issue > 0 and date '{run.day}' between offers.valid_from and offers.valid_until
        )

        select
            'offer ' || ordered.offer_id as what,
            greatest(1 - coalesce(issued.copies, 0) / (
                minimum_issue * (date '{run.day}' - first_day + 1) / (valid_until - first_day + 1)
            ), 0) as value
        from ordered
        left join issued using (offer_id)
    """


def personal_columns(run: Run) -> list[str]:
    columns = {column for table in contract.load().values() for column in table.columns}
    personal = {column.name for column in columns if column.pii in {"hash", "drop"}} - {"customer_id"}
    tables = ("ml.decisions", "ml.assignments")
    return sorted(f"{table}.{name}" for table in tables for name in run.columns.get(table, {}) if name in personal)
