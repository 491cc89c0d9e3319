"""A shop of 40 customers whose day passes every rule of every gate, written straight into a warehouse."""

from datetime import date
from pathlib import Path

import duckdb
import yaml

from expectations.rules import DECIDE, GATES
from warehouse import contract
from warehouse.arms import is_shown
from warehouse.connection import writing

DAY = date(2017, 3, 15)
PREVIOUS = date(2017, 3, 8)
SOURCE = {
    "title": "a small shop",
    "terms": "made up",
    "time_zone": "America/New_York",
    "first_day": date(2017, 2, 1),
    "files": {"path": "."},
}

# Every customer buys three lines a day; amounts grow by a cent a day so that no two days have the same sum.
LANDING = f"""
    create temp table days as
    select unnest(range(1, 41)) as number, date '{DAY}' - (41 - number)::integer as day;
    create temp table people as select unnest(range(40)) as number, 'c' || number as customer_id;

    insert into landing.customers by name
    select customer_id, md5(customer_id) as email, date '{DAY}' - 2 as day from people;

    insert into landing.products by name
    select 'p' || number as product_id, 'grocery' as department, 'category ' || number % 3 as category,
        if(number = 0, 'volume', 'piece') as unit, date '{DAY}' - 40 as day
    from people where number < 30;

    insert into landing.orders by name
    select concat('o', day, '-', people.number) as order_id, customer_id, day + interval 17 hours as ordered_at,
        day as order_date, 'store' as channel, 's1' as store_id, day
    from days cross join people;

    insert into landing.order_items by name
    select order_id, line_number, 'p' || (people.number + days.number + line_number) % 30 as product_id,
        if((people.number + days.number + line_number) % 30 = 0, 5000, 1) as quantity,
        3 + (people.number * 7 + line_number * 5) % 10 + days.number * 0.01 as net_amount,
        0 as shelf_discount_amount, days.day
    from landing.orders
    inner join people using (customer_id)
    inner join days on days.day = orders.day
    cross join (select unnest([1, 2, 3]) as line_number);

    insert into landing.events by name
    select concat('e', day, '-', number_of) as event_id, 'view' as event_type, day + interval 9 hours as occurred_at,
        day as event_date, day
    from days cross join (select unnest(range(10)) as number_of);

    insert into landing.campaigns by name
    select 'spring' as campaign_id, date '{DAY}' - 3 as start_date, date '{DAY}' + 20 as end_date,
        1000 as budget, date '{DAY}' - 3 as day;

    insert into landing.offers by name
    select 'offer ' || letter as offer_id, 'spring' as campaign_id, 'coupon' as offer_type, 'amount' as discount_type,
        1 as discount_value, date '{DAY}' - 3 as valid_from, date '{DAY}' + 20 as valid_until, 100 as issue_limit,
        date '{DAY}' - 3 as day
    from (select unnest(['a', 'b', 'c', 'd']) as letter);

    insert into landing.consents by name
    select customer_id, 'app' as channel, true as is_granted, day + interval 8 hours as changed_at, day
    from landing.customers;
"""

# Nobody changes from one run to the next, so every drift is 0.
FEATURES = f"""
    create temp table run_days as select unnest([date '{PREVIOUS}', date '{DAY}']) as day;

    create table features.customers as
    select day, customer_id,
        (number % 2)::bigint as orders_last_7_days, (1 + number % 5)::bigint as orders_last_28_days,
        (6 + number % 5)::bigint as orders_last_90_days, (20 + number % 5)::bigint as orders_last_365_days,
        10.0::double as net_amount_last_7_days, (100 + number)::double as net_amount_last_28_days,
        1 + number % 6 as days_since_last_order, (20 + number)::double as mean_basket_amount,
        0.5::double as coupon_share_rate, 1.0::double as trend, 'evening' as preferred_part_of_day
    from run_days cross join people;

    create table features.products as
    select day, product_id, 2.5::double as price, 3::bigint as units_last_28_days
    from run_days cross join (select product_id from landing.products);

    create table features.customer_categories as
    select day, customer_id, category, 2::bigint as orders_last_28_days
    from run_days cross join people cross join (select distinct category from landing.products);

    create table features.interactions as
    select day, customer_id, product_id, 2::bigint as order_count
    from run_days cross join people cross join (select product_id from landing.products);

    create table features.customer_offers as
    select day, customer_id, offer_id, true as is_exposed, 3 as days_since_last_exposure
    from run_days cross join people cross join (select offer_id from landing.offers);

    create table features.customer_campaigns as
    select distinct day, customer_id, 'spring' as campaign_id, true as is_exposed from features.customer_offers;

    create table features.purchase_labels as
    select day, customer_id, number % 10 < 3 as has_purchased
    from people cross join (select unnest([date '{DAY}' - 14, date '{DAY}' - 21]) as day);

    create table features.offer_redemption_labels as
    select day, customer_id, 'an earlier offer' as offer_id, number % 10 = 0 as has_redeemed
    from people cross join (select date '{DAY}' - 20 as day);

    create table features.offer_effect_labels as
    select day, customer_id, offer_id, number % 2 = 0 as is_shown, if(number % 4 = 0, 0.2, 0) as discount_cost
    from people cross join (select date '{DAY}' - 20 as day, 'an earlier offer' as offer_id);

    create table features.campaign_redemption_labels as
    select day, customer_id, 'an earlier campaign' as campaign_id, has_redeemed from features.offer_redemption_labels;
"""

SCORES = f"""
    create temp table families (family varchar, rate double);
    insert into families values
        ('purchase', 0.3), ('redemption_offer', 0.1), ('redemption_campaign', 0.1), ('category_purchase', 0.2),
        ('recommendation', null);

    insert into ml.models by name
    select date '{PREVIOUS}' as data_cut, family, 'version of ' || family as version, 'champion' as role,
        date '{DAY}' - 30 as validation_from, date '{DAY}' - 12 as validation_until
    from families;

    insert into ml.scores by name
    select date '{DAY}' as day, family, customer_id, subject_id, rate * (0.8 + 0.4 * number / 39) as score,
        'version of ' || family as model_version
    from families cross join people inner join (
        select 'purchase' as family, '' as subject_id
        union all select 'redemption_offer', offer_id from landing.offers
        union all select 'redemption_campaign', campaign_id from landing.campaigns
        union all select distinct 'category_purchase', category from landing.products
    ) using (family);

    insert into ml.models by name
    select date '{PREVIOUS}' as data_cut, 'offer_effect' as family, 'version of offer_effect' as version,
        'champion' as role;

    insert into ml.effects by name
    select date '{DAY}' as day, customer_id, offer_id, 0.02 as effect_orders, 0.6 as effect_revenue,
        0.2 as effect_margin, 0.1 as effect_margin_low, 0.3 as effect_margin_high, 0.1 as expected_cost,
        false as is_observational, 'version of offer_effect' as model_version
    from people cross join (select offer_id from landing.offers);

    insert into ml.recommendations by name
    select date '{DAY}' as day, customer_id, 1 as rank, 'p' || number % 30 as product_id,
        'version of recommendation' as model_version
    from people;
"""

# With this key the lots of the day fall as told below.
HOLDOUT_KEY = "small shop 210525"
SHOWN_RATE = (1 - DECIDE.holdout_rate) * (1 - DECIDE.campaign_control_rate)
# 26 customers get an offer (one of them an explored one), 2 are held out, 12 have no profitable offer.
DECISIONS = f"""
    insert into ml.decisions by name
    select day, customer_id, if(number < 26, 'offered', if(number < 28, 'holdout', 'no_profitable_offer')) as status,
        if(number < 26, 1, 0) as offer_count, number in (26, 27) as is_held_out, number < 28 as has_plan,
        'because' as reason
    from run_days cross join people;

    insert into ml.assignments by name
    select day, customer_id, 1 as rank, 'offer ' || ['a', 'b', 'c', 'd'][1 + number % 4] as offer_id,
        'spring' as campaign_id, 'app' as channel, day + interval '25 hours' as send_at,
        date '{DAY}' - 3 as valid_from, date '{DAY}' + 20 as valid_until, 0.1 as propensity,
        0.5 as expected_margin, 0.1 as expected_cost, 'buys soup often' as reasons,
        if(number = 25, 'exploration', if(number < 26, 'treatment', 'holdout')) as arm,
        if(number < 26, {SHOWN_RATE}, {DECIDE.holdout_rate}) as assignment_probability,
        {SHOWN_RATE} as shown_probability
    from run_days cross join people
    where number < 28;

    insert into ml.offer_plans by name
    select date '{DAY}' as day, offer_id, campaign_id, 1000 as budget, 900 as budget_used_before
    from landing.offers;
"""

# Decisions and plans told again from the assignments.
REPLAN = f"""
    update ml.offer_plans set reach_planned = given.reach, cost_expected = given.cost, margin_expected = given.margin
    from (
        select offers.offer_id, count(customer_id) as reach, coalesce(sum(expected_cost), 0) as cost,
            coalesce(sum(expected_margin), 0) as margin
        from landing.offers as offers
        left join ml.assignments as assignments
            on assignments.offer_id = offers.offer_id and assignments.day = date '{DAY}' and {is_shown()}
        group by offers.offer_id
    ) as given
    where offer_plans.offer_id = given.offer_id;

    update ml.decisions set offer_count = (
        select count(*) from ml.assignments
        where assignments.day = decisions.day and assignments.customer_id = decisions.customer_id and {is_shown()}
    );
"""


def build(folder: Path) -> None:
    """Write the shop's source and its warehouse; PROMOLIFT_DATA, _SOURCES and _SOURCE lead to them."""
    write_source(folder / "sources" / "small_shop")
    with writing() as connection:
        create_landing(connection)
        for part in (LANDING, FEATURES, SCORES, DECISIONS, REPLAN, earlier_results()):
            connection.execute(part)
    write_files(folder / "data" / "landing" / "orders" / f"day={DAY.replace(day=DAY.day - 1)}")


def write_source(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "source.yml").write_text(yaml.safe_dump(SOURCE))
    for table in contract.load():
        (folder / f"{table}.sql").write_text("")


def create_landing(connection: duckdb.DuckDBPyConnection) -> None:
    for table in contract.load().values():
        columns = ", ".join(f"{column.name} {column.sql_type}" for column in table.landed)
        words = ", ".join(f"{column.name} varchar" for column in table.landed)
        connection.execute(f"create table landing.{table.name} ({columns}, day date)")
        place = "reason_code varchar, reason varchar, file varchar, line bigint"
        connection.execute(f"create table quarantine.{table.name} ({place}, {words}, day date)")
        connection.execute(f"create view staging.stg_shop__{table.name} as from landing.{table.name}")


def earlier_results() -> str:
    """Every gate passed on the previous day; the warning that did not hold is no reason to distrust the run."""
    rows = ", ".join(
        f"(date '{PREVIOUS}', '{gate}', 'critical', true), (date '{PREVIOUS}', '{gate}', 'warning', false)"
        for gate in GATES.values()
    )
    return f"insert into gates.gate_results (day, gate, severity, is_passed) values {rows};"


def write_files(folder: Path, change: str = "") -> None:
    """A landed file of orders, with the columns of the contract unless changed."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = ", ".join(f"null::{column.sql_type} as {column.name}" for column in contract.load()["orders"].landed)
    duckdb.sql(f"copy (select * {change} from (select {columns})) to '{folder / 'part.parquet'}' (format parquet)")
