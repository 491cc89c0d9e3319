"""Whether the default simulated shop looks like the real one where both exist; writes docs/simulator-resemblance.md.

Both are asked the same questions about their last 180 days. Only aggregates of the grocer's data leave this module.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import altair as alt
import duckdb
import pandas as pd
import vl_convert

from benchmarks.figures import Figure
from benchmarks.resemblance_page import DEVIATIONS, INTRODUCTION
from simulator import build, world
from simulator.__main__ import CUSTOMERS, DAYS, PRODUCTS, SEED
from simulator.build import Place
from simulator.dirt import Rates
from warehouse import sources
from warehouse.settings import ROOT

PAGE = ROOT / "docs" / "simulator-resemblance.md"
PICTURE = ROOT / "docs" / "simulator-resemblance.svg"
SIMULATED, REAL = "simulated", "grocer"
COLOURS = ["#1f7a5c", "#c2772b"]

# The same two tables of both shops: lines (customer, basket, day, product, category, paid, discount) and offers
# (shown, used).
OF_SIMULATION = """
create view products as from read_csv($shop || '/products/*/*.csv', all_varchar = true);
create table simulated_lines as
select customer_id::bigint as customer, order_id::bigint as basket, order_date::date as day,
    i.product_id::bigint as product, category, net_amount::double as paid,
    shelf_discount_amount::double + coupon_discount_amount::double as discount
from read_csv($shop || '/order_items/*/*.csv', all_varchar = true) as i
inner join read_csv($shop || '/orders/*/*.csv', all_varchar = true) as o using (order_id)
inner join products using (product_id);
create table simulated_offers as select
    (select count(*) from read_parquet($shop || '/exposures/*/*.parquet')
        where coalesce(arm not in ('holdout', 'control'), true)) as shown,
    (select count(*) from read_csv($shop || '/redemptions/*/*.csv', all_varchar = true)) as used;
"""
OF_GROCER = """
create table grocer_lines as
select household_id as customer, basket_id as basket, transaction_timestamp::date as day,
    t.product_id as product, product_category as category, sales_value as paid, retail_disc + coupon_disc as discount
from read_parquet($grocer || '/transactions.parquet') as t
inner join read_parquet($grocer || '/products.parquet') using (product_id)
where transaction_timestamp::date between date '2017-12-31' - $days + 1 and date '2017-12-31';
create table grocer_offers as select
    (select count(*) from read_parquet($grocer || '/campaigns.parquet')) as shown,
    (select count(*) from (select distinct household_id, campaign_id
        from read_parquet($grocer || '/coupon_redemptions.parquet'))) as used;
"""
BASKETS = (
    "(select customer, basket, min(day) as day, count(*) as lines, sum(paid) as paid from {shop}_lines group by all)"
)
GAPS = (
    "(select day - lag(day) over (partition by customer order by day) as gap "
    f"from (select distinct customer, day from {BASKETS}))"
)
PRODUCTS_SOLD = (
    "(select count(*) as lines, row_number() over (order by count(*) desc, product) as rank, "
    "count(*) over () as products from {shop}_lines group by product)"
)
BUYERS = (
    "(select count(*) as orders, row_number() over (order by count(*) desc, customer) as rank, "
    f"count(*) over () as buyers from {BASKETS} group by customer)"
)
BREADTH = "(select count(distinct category) as categories, count(*) as lines from {shop}_lines group by customer)"
KNOWN = (
    "(select customer, day, sum(count(*)) over (partition by customer order by day) as known from (select customer, "
    "product, min(day) as day from {shop}_lines group by all) group by customer, day)"
)
# Lines of customers who had bought 8 to 12 products on earlier days, and whether the product is one of them.
AMONG_TEN = (
    "(select bought.day > min(bought.day) over (partition by bought.customer, product) as is_again, known "
    f"from {{shop}}_lines as bought asof left join {KNOWN} as earlier "
    "on bought.customer = earlier.customer and bought.day > earlier.day)"
)
AGAIN = (
    "(select day > min(day) over (partition by customer, product) as is_again, "
    "day > min(day) over (partition by customer) as is_later from {shop}_lines)"
)
# Name, unit and query; the real shop's value stands beside it.
QUESTIONS = (
    ("lines per basket, mean", "lines", f"select avg(lines) from {BASKETS}"),
    ("lines per basket, median", "lines", f"select median(lines) from {BASKETS}"),
    ("basket amount, mean", "currency", f"select avg(paid) from {BASKETS}"),
    ("basket amount, 90th percentile over median", "times",
     f"select quantile_cont(paid, 0.9) / median(paid) from {BASKETS}"),
    ("days between purchases, median", "days", f"select median(gap) from {GAPS}"),
    ("days between purchases, 90th percentile", "days", f"select quantile_cont(gap, 0.9) from {GAPS}"),
    ("exponent of the popularity tail", "exponent",
     f"select -regr_slope(ln(lines), ln(rank)) from {PRODUCTS_SOLD} where rank / products between 0.01 and 0.3"),
    ("share of lines of the most popular tenth of the products sold", "share",
     f"select sum(lines) filter (where rank <= products / 10) / sum(lines) from {PRODUCTS_SOLD}"),
    ("discounts as a share of prices", "share", "select sum(discount) / sum(paid + discount) from {shop}_lines"),
    ("lines with a discount", "share", "select avg((discount > 0)::int) from {shop}_lines"),
    ("redemptions per exposure", "share", "select used / shown from {shop}_offers"),
    ("later lines that repeat a product", "share", f"select avg(is_again::int) from {AGAIN} where is_later"),
    ("lines that repeat one of about ten known products", "share",
     f"select avg(is_again::int) from {AMONG_TEN} where known between 8 and 12"),
    ("orders per buyer, mean", "orders", f"select avg(orders) from {BUYERS}"),
    ("share of orders of the busiest tenth of the buyers", "share",
     f"select sum(orders) filter (where rank <= buyers / 10) / sum(orders) from {BUYERS}"),
    ("categories bought per buyer, median", "categories", f"select median(categories) from {BREADTH}"),
    ("categories per ten lines, buyers with 8 to 12 lines", "categories",
     f"select 10 * sum(categories) / sum(lines) from {BREADTH} where lines between 8 and 12"),
)  # fmt: skip
# Points of each shop.
LINES_CURVE = (
    f"select lines as x, sum(count(*)) over (order by lines) / sum(count(*)) over () as y from {BASKETS} "
    "group by lines qualify lines <= 20"
)
AMOUNT_CURVE = (
    "select round(paid / middle, 1) as x, sum(count(*)) over (order by x) / sum(count(*)) over () as y "
    f"from (select *, median(paid) over () as middle from {BASKETS}) group by x qualify x <= 5"
)
GAP_CURVE = (
    f"select gap as x, sum(count(*)) over (order by gap) / sum(count(*)) over () as y from {GAPS} "
    "where gap is not null group by gap qualify gap <= 90"
)
POPULARITY_CURVE = (
    "select exp(round(ln(rank / products) * 4) / 4) as x, avg(lines * products / total) as y "
    f"from (select *, sum(lines) over () as total from {PRODUCTS_SOLD}) group by x"
)
BUYER_CURVE = (
    "select round(rank / buyers, 2) as x, max(done) as y from (select *, sum(orders) over (order by rank) / "
    f"sum(orders) over () as done from {BUYERS}) group by x"
)
BREADTH_CURVE = (
    f"select 2 ** ceil(log2(lines)) as x, avg(categories) as y from {BREADTH} group by x having count(*) >= 20"
)
# Title, x, y, whether both axes are logarithmic, and the points.
CURVES = (
    ("Lines per basket", "lines", "share of baskets with at most so many", False, LINES_CURVE),
    ("Basket amount", "times the median", "share of baskets up to so much", False, AMOUNT_CURVE),
    ("Days between purchases", "days", "share of gaps up to so long", False, GAP_CURVE),
    ("Popularity of products", "rank over products sold", "times the mean product", True, POPULARITY_CURVE),
    ("Orders by buyer", "share of the buyers, busiest first", "share of the orders", False, BUYER_CURVE),
    ("Breadth", "lines bought (up to)", "categories bought, mean", True, BREADTH_CURVE),
)


def run() -> list[Figure]:
    """Build the default shop, compare, and write page and picture."""
    with built_shop() as shop:
        database = read_both(shop)
    figures = [compare(database, *question) for question in QUESTIONS]
    PICTURE.write_text(draw(database))
    PAGE.write_text(as_page(figures))
    return figures


@contextmanager
def built_shop() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="resemblance-"))
    try:
        place = Place(folder / "shop")
        build.build(world.create(CUSTOMERS, PRODUCTS, DAYS, SEED), place, Rates.none())
        yield place.shop
    finally:
        shutil.rmtree(folder)


def read_both(shop: Path) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    grocer = sources.load("complete_journey").folder
    values: dict[str, str | int] = {"shop": str(shop), "grocer": str(grocer), "days": DAYS}
    for statement in (OF_SIMULATION + OF_GROCER).split(";\n"):
        if statement.strip():
            run_statement(database, statement, values)
    return database


def run_statement(database: duckdb.DuckDBPyConnection, statement: str, values: dict[str, str | int]) -> None:
    """Views and tables take no parameters: the values are put in as literals."""
    for name, value in values.items():
        literal = str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
        statement = statement.replace(f"${name}", literal)
    database.execute(statement)


def compare(database: duckdb.DuckDBPyConnection, name: str, unit: str, query: str) -> Figure:
    ours, theirs = (ask(database, query.format(shop=shop)) for shop in (SIMULATED, REAL))
    return Figure(name, ours, unit, peer=theirs, how_measured=f"last {DAYS} days of both shops")


def ask(database: duckdb.DuckDBPyConnection, query: str) -> float:
    row = database.execute(query).fetchone()
    assert row is not None
    return float(row[0])


def draw(database: duckdb.DuckDBPyConnection) -> str:
    charts = [draw_curve(database, *curve) for curve in CURVES]
    grid = alt.vconcat(alt.hconcat(*charts[:3]), alt.hconcat(*charts[3:]))
    return vl_convert.vegalite_to_svg(json.dumps(grid.configure(background="white").to_dict()))


def draw_curve(
    database: duckdb.DuckDBPyConnection, title: str, x: str, y: str, is_logarithmic: bool, query: str
) -> alt.Chart:
    parts = [
        database.execute(f"select x::double as x, y::double as y from ({query.format(shop=shop)}) order by x")
        .df()
        .assign(shop=shop)
        for shop in (SIMULATED, REAL)
    ]
    scale = alt.Scale(type="log" if is_logarithmic else "linear", zero=False, nice=False)
    return (
        alt.Chart(pd.concat(parts).round(6), title=title)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("x:Q", title=x, scale=scale, axis=alt.Axis(tickCount=5)),
            y=alt.Y("y:Q", title=y, scale=scale, axis=alt.Axis(tickCount=5)),
            color=alt.Color("shop:N", title=None, scale=alt.Scale(domain=[SIMULATED, REAL], range=COLOURS)),
        )
        .properties(width=230, height=180)
    )


def as_page(figures: list[Figure]) -> str:
    rows = "\n".join(
        f"| {one.name} | {one.unit} | {show(one.value)} | {show(one.peer)} | {show_ratio(one)} |" for one in figures
    )
    return (
        f"{INTRODUCTION.format(customers=CUSTOMERS, products=PRODUCTS, days=DAYS, seed=SEED)}\n"
        f"![Six curves of both shops]({PICTURE.name})\n\n"
        "| | unit | simulated | grocer | simulated / grocer |\n|---|---|---:|---:|---:|\n"
        f"{rows}\n\n{DEVIATIONS}"
    )


def show(value: float | None) -> str:
    """
    >>> show(0.12345), show(12.3), show(4321.0)
    ('0.123', '12.3', '4,321')
    """
    assert value is not None
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def show_ratio(figure: Figure) -> str:
    return f"{figure.value / figure.peer:.2f}" if figure.value and figure.peer else ""
