"""The gate of the raw deliveries: there, whole, shaped as agreed, and like those of the weeks before."""

from dataclasses import replace

from expectations.checks import Check, count, measure, share, skip
from expectations.rules import (
    CENT,
    FEWEST_REFUSED_ROWS,
    FEWEST_TRAILING_DELIVERIES,
    HARDLY_EVER_EMPTY,
    LARGE_LINE,
    MANY_PIECES,
    SHORTEST_COPY,
    TRAILING_DELIVERIES,
    by_code,
)
from expectations.run import Run
from warehouse import contract, settings
from warehouse.personal import EMAIL

FIRST_DELIVERIES = f"the first {FEWEST_TRAILING_DELIVERIES} deliveries have nothing to be compared with"
NEVER_EMPTY = "no column of orders and order_items was ever empty"
NOT_DELIVERED = "no rows: the source does not have this table"


def suite(run: Run) -> list[Check]:
    schema = replace(measure("RAW-01", schema_differences(run), "no file was delivered"), is_precondition=True)
    return [schema, *deliveries(run), *contents(run), *catalogues(run), *quarantines(run)]


def deliveries(run: Run) -> list[Check]:
    # distinct: DuckDB 1.5.5 fails with an internal error on max() of a hive partition of a single file
    days = f"select distinct day {known('orders', run)}"
    age = f"select '' as what, date '{run.day}' - max(day) as value from ({days})"
    events = "events" in run.sources
    return [
        measure("RAW-02", age),
        measure("RAW-03", age),
        count("RAW-04", one_sided(run)),
        measure("RAW-05", volumes("order_items", run, "nearest"), FIRST_DELIVERIES),
        measure("RAW-06", volumes("orders", run), FIRST_DELIVERIES),
        measure("RAW-07", volumes("events", run), FIRST_DELIVERIES) if events else skip("RAW-07", NOT_DELIVERED),
        measure("RAW-08", emptied(run, was_empty=False), FIRST_DELIVERIES),
        measure("RAW-24", emptied(run, was_empty=True), NEVER_EMPTY),
        count("RAW-22", copies(run)),
        measure("RAW-23", amounts(run), FIRST_DELIVERIES),
    ]


def contents(run: Run) -> list[Check]:
    lines, orders = new("order_items", run), new("orders", run)
    too_cheap = f"""
        net_amount > 0 and net_amount < {CENT} * quantity and quantity > {MANY_PIECES}
        and coalesce(unit, 'piece') = 'piece'
    """
    return [
        share("RAW-09", catalogued(run), "catalogued is null"),
        share("RAW-10", lines, "net_amount = 0"),
        share("RAW-11", catalogued(run), too_cheap),
        share("RAW-12", lines, f"net_amount > {LARGE_LINE} * (select median(net_amount) {known('order_items', run)})"),
        share("RAW-13", orders, "order_date > day"),
        share("RAW-14", orders, "order_date < day - 7"),
    ]


def catalogues(run: Run) -> list[Check]:
    offers, campaigns, customers = (new(table, run) for table in ("offers", "campaigns", "customers"))
    ended = f"""
        select offer_id {offers} where valid_until < valid_from
        union all
        select campaign_id {campaigns} where end_date < start_date
    """
    return [
        share("RAW-17", known("products", run), "department is null or category is null"),
        count("RAW-18", ended),
        share("RAW-19", known("offers", run), "discount_value is null"),
        count("RAW-20", f"{offers} where discount_type = 'percent' and discount_value > 100"),
        count("RAW-21", f"{customers} as customer where regexp_matches(customer::varchar, '{EMAIL}')"),
    ]


def quarantines(run: Run) -> list[Check]:
    others = " union all ".join(refused(table, run, "RAW-16") for table in contract.load() if table != "order_items")
    return [measure("RAW-15", refused("order_items", run, "RAW-15")), measure("RAW-16", others)]


def known(table: str, run: Run) -> str:
    """Everything delivered before the day."""
    return f"from (from landing.{table} where day < date '{run.day}')"


def new(table: str, run: Run, schema: str = "landing") -> str:
    """What no earlier run has judged: delivered since the previous run, or everything before the first."""
    since = f" and day >= date '{run.previous}'" if run.previous else ""
    return f"from (from {schema}.{table} where day < date '{run.day}'{since})"


def catalogued(run: Run) -> str:
    """New lines with what the catalogue says about their product."""
    return f"""
        select line.product_id, quantity, net_amount, product.product_id as catalogued, unit
        {new("order_items", run)} as line
        left join (select product_id, any_value(unit) as unit {known("products", run)} group by product_id) as product
            using (product_id)
    """


def judged(measured: str, run: Run) -> str:
    """Deliveries (name, day, value) since the previous run, or the newest when there is no recent one, each with the
    `usual` median of those before and the `nearest` value within their range; one without enough of them is left out.
    """
    before = f"over (partition by name order by day rows between {TRAILING_DELIVERIES} preceding and 1 preceding)"
    is_new = f"day >= date '{run.recent}'" if run.recent else "day = newest"
    return f"""
        with compared as (
            select
                *, median(value) {before} as usual, count(*) {before} as deliveries, max(day) over () as newest,
                greatest(min(value) {before}, least(max(value) {before}, value)) as nearest,
                max(value) {before} as highest
            from ({measured})
        )
        select * from compared where {is_new} and deliveries >= {FEWEST_TRAILING_DELIVERIES}
    """


def volumes(table: str, run: Run, yardstick: str = "usual") -> str:
    daily = f"select 'rows' as name, day, count(*) as value {known(table, run)} group by day"
    return f"select day as what, value / {yardstick} as value from ({judged(daily, run)})"


def amounts(run: Run) -> str:
    daily = (
        f"select 'amount' as name, day, median(net_amount)::double as value {known('order_items', run)} group by day"
    )
    return f"select day as what, value / nullif(nearest, 0) as value from ({judged(daily, run)})"


def null_rates(table: str, run: Run) -> str:
    """For each column the null rate of each judged delivery, with what was seen before it.

    How many lines used an offer is left out: it follows how many were sent, which the platform decides itself.
    """
    names = [column.name for column in contract.load()[table].landed if column.references != "offers"]
    rates = ", ".join(f'avg(("{name}" is null)::integer) as "{name}"' for name in names)
    daily = f"select day, {rates} {known(table, run)} group by day"
    by_column = f"from (unpivot ({daily}) on columns(* exclude (day)) into name name value value)"
    return f"select concat('{table}.', name, ' of ', day) as what, * from ({judged(by_column, run)})"


def emptied(run: Run, was_empty: bool) -> str:
    """How far columns are emptier than ever before: the null rate of those hardly ever empty, the share of known values
    that others lost.
    """
    rates = " union all ".join(null_rates(table, run) for table in ("orders", "order_items"))
    lost = "(value - nearest) / nullif(1 - nearest, 0)" if was_empty else "value - nearest"
    rarely = f"highest {'>=' if was_empty else '<'} {HARDLY_EVER_EMPTY}"
    return f"select what, coalesce({lost}, 0) as value from ({rates}) where {rarely}"


def one_sided(run: Run) -> str:
    orders, lines = (f"(select distinct day {new(table, run)})" for table in ("orders", "order_items"))
    return f"({orders} except {lines}) union all ({lines} except {orders})"


def copies(run: Run) -> str:
    """New deliveries whose lines and amounts are those of another delivery of the weeks before."""
    since = f"and later.day >= date '{run.previous}'" if run.previous else ""
    return f"""
        with daily as (
            select day, count(*) as lines, sum(net_amount) as amount, round(sum(quantity), 3) as units
            {known("order_items", run)}
            group by day
            having lines >= {SHORTEST_COPY}
        )
        select distinct later.day
        from daily as later inner join daily as earlier using (lines, amount, units)
        where earlier.day < later.day and earlier.day >= later.day - {TRAILING_DELIVERIES} {since}
    """


def refused(table: str, run: Run, code: str) -> str:
    """Share of the delivered rows of a table that went into quarantine, with their number and most frequent reason.

    Nothing where they are no more than chance makes of the share that the rule allows (three standard deviations of
    its count): three bad rows of two hundred are no changed source.
    """
    allowed = by_code(code).at_most
    return f"""
        select
            concat('{table}: ', bad.rows, ' of ', bad.rows + good.rows, ' rows, mostly ', bad.reason) as what,
            if(
                bad.rows < greatest({FEWEST_REFUSED_ROWS}, expected + 3 * sqrt(expected)),
                0, bad.rows / (bad.rows + good.rows)
            ) as value
        from (
            -- among reasons as frequent the first by name: what a gate says does not depend on the order of rows
            select coalesce(sum(rows), 0)::bigint as rows, first(reason order by rows desc, reason) as reason
            from (
                select count(*) as rows, concat(reason_code, ', ', reason) as reason {new(table, run, "quarantine")}
                group by all
            )
        ) as bad
        cross join (select count(*) as rows {new(table, run)}) as good
        cross join lateral (select {allowed} * (bad.rows + good.rows) as expected)
    """


def schema_differences(run: Run) -> str:
    """For each file that no earlier run has judged, how many columns are not as the contract says."""
    tables = [table_differences(table, files) for table in contract.load().values() if (files := new_files(table, run))]
    return " union all ".join(tables) or "select '' as what, 0 as value where false"


def new_files(table: contract.Table, run: Run) -> list[str]:
    since = f"day={run.previous}" if run.previous else ""
    files = (settings.load().landing / table.name).glob("day=*/*.parquet")
    return sorted(str(file) for file in files if since <= file.parent.name < f"day={run.day}")


def table_differences(table: contract.Table, files: list[str]) -> str:
    agreed = [f"{column.name} {column.sql_type.replace(' ', '')}".lower() for column in table.landed]
    return f"""
        select
            concat('{table.name} of ', regexp_extract(file_name, 'day=([0-9-]+)', 1)) as what,
            greatest(count(*), {len(agreed)}) - count(*) filter (where found in {tuple(agreed)}) as value
        from (
            select file_name, lower(name || ' ' || duckdb_type) as found
            from parquet_schema({files})
            where type is not null and name <> 'day'
        )
        group by file_name
    """
