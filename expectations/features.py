"""The gate of the features: complete, within their ranges, ignorant of the future, and like those of the run before."""

import re

from expectations import known
from expectations.checks import Check, count, mean, measure, median, skip
from expectations.known import differing, pairs_without
from expectations.rules import PREVIOUS_RUN_DAYS
from expectations.run import Run

CUSTOMERS = "features.customers"
SLOW = ("features.customers", "features.products", "features.customer_categories", "features.interactions")
NO_PREVIOUS = f"no previous run within {PREVIOUS_RUN_DAYS} days"
FLOATS = ("DOUBLE", "FLOAT")
COUNTS = r"_count$|^days_since_|^(orders|units|net_amount|views|searches|carts|exposures|redemptions)_"
NESTED = " and ".join(
    f"orders_last_{short}_days <= orders_last_{long}_days" for short, long in ((7, 28), (28, 90), (90, 365))
)


def suite(run: Run) -> list[Check]:
    customers = f"select * from {CUSTOMERS} where {run.is_day}"
    activity = f"select *, days_since_last_order is null as is_new, orders_last_28_days > 0 as is_active from ({customers})"
    habits = f"select * replace (is_new::integer as is_new, is_active::integer as is_active) from ({activity})"
    windows = columns(run, r"^(orders|net_amount)_last_\d+_days$", (CUSTOMERS,))
    return [
        count("FEA-01", differing(known.CUSTOMERS, f"select customer_id from ({customers})")),
        count("FEA-02", differing(known.PRODUCTS, f"select product_id from features.products where {run.is_day}")),
        count("FEA-03", pairs_without(f"from features.customer_offers where {run.is_day}", "offer", run.day)),
        count("FEA-04", pairs_without(f"from features.customer_campaigns where {run.is_day}", "campaign", run.day)),
        measure("FEA-05", shares(windows, "{} is null", run)),
        mean("FEA-06", habits, "is_new"),
        measure("FEA-07", shares(columns(run, r"_rate$"), "{} not between 0 and 1", run)),
        measure("FEA-08", shares(columns(run, COUNTS), "{} < 0", run)),
        count("FEA-09", f"select * from ({customers}) where not ({NESTED})"),
        measure("FEA-10", shares(columns(run, "^days_since_"), "{} < 1", run)),
        measure("FEA-11", shares(columns(run, "", kinds=FLOATS), "not isfinite({})", run)),
        mean("FEA-12", habits, "is_active"),
        mean("FEA-13", habits, "orders_last_28_days"),
        median("FEA-14", habits, "mean_basket_amount"),
        *drift(run),
    ]


def drift(run: Run) -> list[Check]:
    if run.recent is None:
        return [skip(code, NO_PREVIOUS) for code in ("FEA-15", "FEA-16", "FEA-17", "FEA-18")]
    feature = f"select table_name || '.' || column_name as what, current, previous from ml.drift where {run.is_day}"
    shifts = f"select what, current as value from ({feature} and statistic = 'population_stability_index')"
    nulls = f"select what, abs(current - previous) as value from ({feature} and statistic = 'null_rate')"
    volumes = " union all ".join(volume(table, run) for table in SLOW)
    return [measure("FEA-15", volumes), measure("FEA-16", nulls), measure("FEA-17", shifts), measure("FEA-18", shifts)]


def columns(
    run: Run, pattern: str, tables: tuple[str, ...] = (), kinds: tuple[str, ...] = ()
) -> dict[str, list[str]]:
    """Columns of the feature tables by name and type, all tables and all types by default."""
    chosen = {
        table: [name for name, kind in types.items() if re.search(pattern, name) and (not kinds or kind in kinds)]
        for table, types in run.columns.items()
        if table.startswith("features.") and not table.endswith("_labels") and "day" in types
    }
    return {table: names for table, names in chosen.items() if names and (not tables or table in tables)}


def shares(columns_by_table: dict[str, list[str]], condition: str, run: Run) -> str:
    """For each column the share of the day's rows on which a condition holds."""
    return " union all ".join(
        table_shares(table, names, condition, run) for table, names in columns_by_table.items()
    )


def table_shares(table: str, names: list[str], condition: str, run: Run) -> str:
    means = ", ".join(f'coalesce(avg(({condition.format(name)})::integer), 0) as "{name}"' for name in names)
    rows = f"(select {means} from {table} where {run.is_day})"
    return f"select '{table}.' || name as what, value from (unpivot {rows} on columns(*) into name name value value)"


def volume(table: str, run: Run) -> str:
    rows = f"select count(*) filter (where {run.is_day}) as current, count(*) filter (where day = date '{run.recent}') as previous"
    return f"select '{table}' as what, current / nullif(previous, 0) as value from ({rows} from {table})"
