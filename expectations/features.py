"""The gate of the features: complete, within their ranges, ignorant of the future, and like those of the run before."""

import re

from expectations import known
from expectations.checks import Check, count, measure, skip
from expectations.known import differing, pairs_without
from expectations.rules import NO_PREVIOUS
from expectations.run import FLOATS, NUMBERS, Run
from ml import parameters

CUSTOMERS = "features.customers"
SLOW = ("features.customers", "features.products", "features.customer_categories", "features.interactions")
COUNTS = r"_count$|^days_since_|_last_\d+_days$"
NESTED = " and ".join(
    f"orders_last_{short}_days <= orders_last_{long}_days" for short, long in ((7, 28), (28, 90), (90, 365))
)
NO_SHIFTS = "no feature has values on both days"
# What campaigns send, and the time since, moves in steps by design; how often and how much people buy does not.
MOVES_BY_DESIGN = "^(tenure|days_since|exposures|campaigns)_|_next_"


def suite(run: Run) -> list[Check]:
    return [*coverage(run), *ranges(run), *habits(run), *drift(run)]


def coverage(run: Run) -> list[Check]:
    customers = f"select customer_id from {CUSTOMERS} where {run.is_day}"
    products = f"select product_id from features.products where {run.is_day}"
    offers, campaigns = (
        f"select * from features.customer_{entity}s where {run.is_day}" for entity in ("offer", "campaign")
    )
    return [
        count("FEA-01", differing(known.CUSTOMERS, customers)),
        count("FEA-02", differing(known.PRODUCTS, products)),
        count("FEA-03", pairs_without(offers, "offer", run.day)),
        count("FEA-04", pairs_without(campaigns, "campaign", run.day)),
    ]


def ranges(run: Run) -> list[Check]:
    windows = columns(run, r"^(orders|net_amount)_last_\d+_days$", (CUSTOMERS,))
    return [
        measure("FEA-05", shares(windows, "{} is null", run)),
        measure("FEA-07", shares(columns(run, r"_rate$"), "{} not between 0 and 1", run)),
        measure("FEA-08", shares(columns(run, COUNTS, kinds=NUMBERS), "{} < 0", run)),
        count("FEA-09", f"select * from {CUSTOMERS} where {run.is_day} and not ({NESTED})"),
        measure("FEA-10", shares(columns(run, "^days_since_"), "{} < 1", run)),
        measure("FEA-11", shares(columns(run, "", kinds=FLOATS), "not isfinite({})", run)),
    ]


def habits(run: Run) -> list[Check]:
    rows = f"from {CUSTOMERS} where {run.is_day}"
    return [
        measure("FEA-06", f"select '' as what, avg((days_since_last_order is null)::integer) as value {rows}"),
        measure("FEA-12", f"select '' as what, avg((orders_last_28_days > 0)::integer) as value {rows}"),
        measure("FEA-13", f"select '' as what, avg(orders_last_28_days) as value {rows}"),
        measure("FEA-14", f"select '' as what, median(mean_basket_amount) as value {rows}"),
    ]


def drift(run: Run) -> list[Check]:
    """Rules on the rows of ml.drift, which expectations/drift.py writes before they are looked at."""
    if run.recent is None:
        return [skip(code, NO_PREVIOUS) for code in ("FEA-15", "FEA-16", "FEA-17", "FEA-18")]
    shifts = moved("population_stability_index", "current", run)
    return [
        measure("FEA-15", " union all ".join(volume(table, run) for table in SLOW)),
        measure("FEA-16", moved("null_rate", "current - previous", run)),
        measure("FEA-17", shifts, NO_SHIFTS),
        measure("FEA-18", shifts, NO_SHIFTS),
    ]


def moved(statistic: str, value: str, run: Run) -> str:
    return f"""
        select table_name || '.' || column_name as what, {value} as value
        from ml.drift
        where {run.is_day} and statistic = '{statistic}' and not regexp_matches(column_name, '{MOVES_BY_DESIGN}')
    """


def volume(table: str, run: Run) -> str:
    """Rows against those of the run before; growth that the longer history of a young shop explains is no growth."""
    history = parameters.load().features.history_days
    return f"""
        select '{table}' as what, if(times > 1, greatest(times / longer, 1), times) as value
        from (
            select
                count(*) filter (where {run.is_day}) / nullif(count(*) filter (where day = date '{run.recent}'), 0)
                    as times
            from {table}
        )
        cross join (
            select least(date '{run.day}' - min(day), {history}) / least(date '{run.recent}' - min(day), {history})
                as longer
            from staging.stg_shop__orders
        )
    """


def columns(
    run: Run, pattern: str, tables: tuple[str, ...] = (), kinds: tuple[str, ...] = ("",)
) -> dict[str, list[str]]:
    """Columns of the feature tables by name and type, all tables and all types by default."""
    chosen = {
        table: [name for name, kind in types.items() if re.search(pattern, name) and kind.startswith(kinds)]
        for table, types in run.columns.items()
        if table.startswith("features.") and not table.endswith("_labels") and "day" in types
    }
    return {table: names for table, names in chosen.items() if names and (not tables or table in tables)}


def shares(columns_by_table: dict[str, list[str]], condition: str, run: Run) -> str:
    """For each column the share of the day's rows on which a condition holds."""
    return " union all ".join(table_shares(table, names, condition, run) for table, names in columns_by_table.items())


def table_shares(table: str, names: list[str], condition: str, run: Run) -> str:
    means = ", ".join(f'coalesce(avg(({condition.format(name)})::integer), 0) as "{name}"' for name in names)
    rows = f"(select {means} from {table} where {run.is_day})"
    return f"select '{table}.' || name as what, value from (unpivot {rows} on columns(*) into name name value value)"
