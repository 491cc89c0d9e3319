"""Whether chance drew as it should: shares, balance before the experiment, and what the key says about logged rows."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from expectations.checks import Check, count, measure, share
from expectations.rules import DECIDE
from expectations.run import Run
from ml.deciding.assignment import probability_of_arms
from ml.deciding.chance import Lottery, Names, control, draw_of_run, hold_out, open_lottery
from ml.measuring.balance import check_balance, check_shares
from warehouse import runs, tables
from warehouse.arms import CONTROL, EXPLORATION, HOLDOUT, is_shown

NOTHING_LOGGED = "nothing would be sent"
NOTHING_EXPLORED = "nothing is explored"
SAMPLED_CUSTOMERS = 5_000  # whose rows are drawn again from the key
COMPARED_CUSTOMERS = 200_000
BEFORE_DAYS = 90
ROUNDING = 1e-9

HELD_OUT = "coalesce(is_held_out, status = 'holdout')"
LOG = """
    select
        assignments.customer_id, assignments.campaign_id, assignments.arm, assignments.assignment_probability,
        assignments.shown_probability, coalesce(decisions.has_plan, false) as has_plan
    from ml.assignments as assignments
    inner join (
        select customer_id, has_plan from ml.decisions
        where day = $day and customer_id in (select customer_id from ml.assignments where day = $day)
        order by md5(customer_id) limit $most
    ) as decisions using (customer_id)
    where assignments.day = $day and assignments.assignment_probability > 0 and assignments.assignment_probability <= 1
    order by all
"""
HELD_OUT_SHARE = f"""
    select count(*) as drawn, count(*) filter ({HELD_OUT}) as hits from ml.decisions where day = $day
"""
CONTROL_SHARE = f"""
    select count(*) as drawn, count(*) filter (is_control) as hits
    from (
        select bool_or(arm = 'control') as is_control from ml.assignments where day = $day and arm <> '{HOLDOUT}'
        group by customer_id, campaign_id
    )
"""
# Whom nothing stood in the way of contact: only they may explore.
EXPLORED_SHARE = """
    select count(*) as drawn, count(*) filter (explores) as hits
    from ml.decisions as decisions
    left join (
        select customer_id, bool_or(arm = 'exploration') as explores, bool_or(arm = 'treatment') as is_treated
        from ml.assignments where day = $day group by customer_id
    ) as given using (customer_id)
    where
        day = $day and has_plan = $has_plan and not is_held_out
        and status not in ('fraud_review', 'no_consent', 'contact_limit', 'not_eligible')
        and (explores or is_treated or not has_plan)
"""
# What customers did before they were first decided for: chance knew nothing of it and no decision changed it.
BEFORE = """
    with units as ({units}),

    orders as (
        select
            units.customer_id, count(distinct orders.order_id) as order_count,
            sum(items.net_amount)::double as amount, count(*) as line_count,
            date_diff('day', max(orders.order_date), any_value(units.first_day)) as days_since
        from units
        inner join staging.stg_shop__orders as orders
            on
                units.customer_id = orders.customer_id and orders.order_date < units.first_day
                and orders.order_date >= units.first_day - $before_days
        inner join staging.stg_shop__order_items as items on orders.order_id = items.order_id
        group by units.customer_id
    )

    select
        units.is_withheld, coalesce(order_count, 0)::double as orders, coalesce(amount, 0) as amount,
        coalesce(line_count, 0)::double as lines, days_since::double as "days since the last order"
    from units
    left join orders using (customer_id)
    order by units.customer_id
"""
HELD_OUT_UNITS = f"""
    select customer_id, min(day) as first_day, max_by({HELD_OUT}, day) as is_withheld
    from ml.decisions where day <= $day
    group by customer_id order by md5(customer_id) limit $most
"""
CONTROL_UNITS = f"""
    select
        assignments.customer_id, any_value(firsts.first_day) as first_day,
        bool_or(arm = 'control') as is_withheld
    from ml.assignments as assignments
    inner join (select customer_id, min(day) as first_day from ml.decisions group by customer_id) as firsts
        using (customer_id)
    where
        assignments.day <= $day and arm <> '{HOLDOUT}' and coalesce(campaign_id, '') in (
            select coalesce(campaign_id, '') as campaign from ml.assignments where day = $day
            group by campaign order by count(*) desc, campaign limit 1
        )
    group by assignments.customer_id order by md5(assignments.customer_id) limit $most
"""


def suite(run: Run) -> list[Check]:
    drawn = draw_shares(run)
    held_out = {"the holdout": drawn.pop("the holdout")}
    controls = {"the campaigns' controls": drawn["the campaigns' controls"]}
    explored = {what: value for what, value in drawn.items() if what not in controls}
    balance = compare_before(run)
    return [
        measure("DEC-07", tell(held_out)),
        measure("DEC-22", tell(held_out)),
        measure("DEC-10", tell(explored)),
        measure("DEC-23", tell(drawn)),
        measure("DEC-24", tell(controls)),
        count("DEC-08", leaks(run)),
        share("DEC-09", f"from ml.assignments where {run.is_day}", improbable()),
        measure("DEC-25", tell({"": count_contradictions(run)})),
        count("DEC-26", control_leaks(run)),
        measure("DEC-27", tell(balance)),
        measure("DEC-28", tell(balance)),
        measure("DEC-29", least_explored(run), NOTHING_EXPLORED),
    ]


def tell(values: Mapping[str, float]) -> str:
    """What was computed here, as the query that a rule looks at."""
    quoted = ((what.replace("'", "''"), float(value)) for what, value in values.items())
    return " union all ".join(f"select '{what}' as what, {value!r}::double as value" for what, value in quoted)


def draw_shares(run: Run) -> dict[str, float]:
    """For each lottery the probability that a fair draw strays as far from its rate as the day's did.

    Exploration may stay below its rate, because money runs out.
    """
    with_plan, without = DECIDE.exploration_rate, DECIDE.idle_exploration_rate
    return {
        "the holdout": stray(run, HELD_OUT_SHARE, DECIDE.holdout_rate),
        "the campaigns' controls": stray(run, CONTROL_SHARE, DECIDE.campaign_control_rate),
        "exploration": exceed(run, EXPLORED_SHARE, with_plan, has_plan=True),
        "exploration without a plan": exceed(run, EXPLORED_SHARE, without, has_plan=False),
    }


def count_hits(run: Run, sql: str, **terms: object) -> tuple[int, int]:
    row = tables.read(sql, {"day": run.day, **terms}).to_pylist()[0]
    return row["hits"], row["drawn"]


def stray(run: Run, sql: str, rate: float, **terms: object) -> float:
    hits, drawn = count_hits(run, sql, **terms)
    return check_shares({"hit": hits, "missed": drawn - hits}, {"hit": rate, "missed": 1 - rate}).p_value


def exceed(run: Run, sql: str, rate: float, **terms: object) -> float:
    hits, drawn = count_hits(run, sql, **terms)
    return stray(run, sql, rate, **terms) if hits > rate * drawn else 1.0


def compare_before(run: Run) -> dict[str, float]:
    """For the holdout and the control of the day's largest campaign, how probable differences before it are."""
    return {
        what: compare_units(run, units)
        for what, units in {"the holdout": HELD_OUT_UNITS, "the largest campaign's control": CONTROL_UNITS}.items()
    }


def compare_units(run: Run, units: str) -> float:
    terms = {"day": run.day, "most": COMPARED_CUSTOMERS, "before_days": BEFORE_DAYS}
    before = tables.read(BEFORE.format(units=units), terms).to_pandas()
    return check_balance(before.drop(columns="is_withheld"), before["is_withheld"].to_numpy(dtype=bool)).p_value


def count_contradictions(run: Run) -> int:
    """Logged rows of a sample of customers that the key, the run and the rates do not give."""
    log = tables.read(LOG, {"day": run.day, "most": SAMPLED_CUSTOMERS}).to_pandas()
    return int(find_contradictions(log, open_lottery(runs.run_id(run.day), DECIDE)).sum())


def find_contradictions(log: pd.DataFrame, lottery: Lottery) -> np.ndarray:
    """Whether each row's arm and probability differ from what the lottery gives its customer and campaign.

    Who is withheld follows from the key; who may explore follows from key and run, though money may have kept them from
    it. Divided by the chance of its arm, the probability of a row of the plan lies between 1 - e and 1.
    """
    ids = log["customer_id"].tolist()
    is_held_out = hold_out(lottery, ids)
    campaign, campaigns = pd.factorize(log["campaign_id"].fillna(""))
    names = Names(ids, [str(name) for name in campaigns])
    is_control = control(lottery, np.arange(len(log)), campaign.astype(np.int64), names)
    has_plan = log["has_plan"].to_numpy(dtype=bool)
    rate = np.where(has_plan, lottery.exploration_rate, lottery.idle_exploration_rate)
    may_explore = draw_of_run(lottery, "explore", ids) < rate
    arm = log["arm"].to_numpy(dtype=object)
    withheld = np.select([is_held_out, is_control], [HOLDOUT, CONTROL], "").astype(object)
    is_wrong = np.where(withheld != "", arm != withheld, (arm == HOLDOUT) | (arm == CONTROL))
    is_wrong |= (arm == EXPLORATION) & ~may_explore
    chance = log["assignment_probability"].to_numpy(dtype=float) / probability_of_arms(arm, lottery)
    is_wrong |= (chance > 1 + ROUNDING) | (~may_explore & (chance < 1 - rate - ROUNDING))
    shown = log["shown_probability"].to_numpy(dtype=float)
    return is_wrong | ~(np.abs(shown - lottery.shown_rate) < ROUNDING)


def improbable() -> str:
    return "not (assignment_probability > 0 and assignment_probability <= 1)"


def leaks(run: Run) -> str:
    return f"""
        select distinct customer_id from ml.assignments
        where {run.is_day} and {is_shown()} and customer_id in (
            select customer_id from ml.assignments where arm = 'holdout' and day <= date '{run.day}'
            union
            select customer_id from ml.decisions where {HELD_OUT} and day <= date '{run.day}'
        )
    """


def control_leaks(run: Run) -> str:
    """Customers sent an offer of a campaign whose control they belonged to on the day or before."""
    kept = f"select customer_id, campaign_id from ml.assignments where arm = 'control' and day <= date '{run.day}'"
    sent = f"select customer_id, campaign_id from ml.assignments where {run.is_day} and {is_shown()}"
    return f"select distinct * from ({sent}) semi join ({kept}) using (customer_id, campaign_id)"


def least_explored(run: Run) -> str:
    return f"""
        select
            concat(customer_id, ', offer ', offer_id) as what,
            coalesce(expected_incremental_margin, expected_margin) as value
        from ml.assignments where {run.is_day} and arm = 'exploration'
    """
