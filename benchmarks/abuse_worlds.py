"""Simulated shops with and without rings as activities, and honest families that share homes, devices and cards."""

import tempfile
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from ml.models.abuse.activity import Activity
from simulator import parameters as worlds
from simulator import world
from simulator.build import Place, build
from simulator.dirt import Rates
from warehouse.connection import in_memory

CUSTOMERS, PRODUCTS, DAYS = 5_000, 2_000, 180
NOBODY = {("abuse", "rate"): 0.0, ("abuse", "strength"): 0.0}
FILES = "read_csv('{shop}/{table}/day=*/*.csv*', all_varchar = true, union_by_name = true)"
QUERIES = {
    "orders": """
        select customer_id as customer, any_value(orders.order_date)::timestamp as time, max(units) as units,
            sum(shelf) / sum(shelf + amount) as reduction
        from {orders} as orders
        inner join (
            select order_id, product_id, sum(quantity::double) as units, sum(shelf_discount_amount::double) as shelf,
                sum(net_amount::double) as amount
            from {order_items} group by all
        ) using (order_id)
        group by order_id, customer_id order by order_id
    """,
    "redemptions": """
        select redemptions.customer_id as customer, redemptions.redemption_date::timestamp as time,
            coalesce(offers.audience = 'new', false) as is_for_newcomers
        from {redemptions} as redemptions
        left join (select distinct offer_id, audience from {offers}) as offers using (offer_id)
        order by redemption_id
    """,
    "links": """
        select distinct customer_id as customer, 'device' as kind, device_id as value from {orders}
        union select customer_id, 'payment', payment_id from {orders}
        union select customer_id, 'address', address from {customers}
        union select customer_id::varchar, 'device', device_id::varchar from {events} where customer_id is not null
        order by all
    """,
    "visits": """
        select distinct customer_id::varchar as customer, event_date::timestamp as time
        from {events} where customer_id is not null order by all
    """,
    "customers": "select distinct customer_id as customer from {customers} order by all",
}


@dataclass(frozen=True)
class Shop:
    """What a shop knows of its customers, and, for judging alone, who abuses offers (n)."""

    activity: Activity
    is_abuser: np.ndarray


def simulate(seed: int, folder: Path, has_rings: bool = True) -> Path:
    """Build the past of a shop of 5,000 customers into a folder; without rings nobody abuses anything."""
    file = worlds.FILE if has_rings else write_world(folder / "honest.yml")
    made = world.create(CUSTOMERS, PRODUCTS, DAYS, seed, worlds.load(file))
    place = Place((folder / "shop").resolve())
    build(made, place, Rates.none(), quiet=True)
    return place.out


def write_world(file: Path) -> Path:
    sections = yaml.safe_load(worlds.FILE.read_text())
    for (section, name), value in NOBODY.items():
        sections[section][name]["value"] = value
    file.write_text(yaml.safe_dump(sections, sort_keys=False))
    return file


def read_shop(out: Path) -> Shop:
    """The activity as of the morning after a shop's last day, and the truth."""
    tables = ("orders", "order_items", "redemptions", "offers", "customers")
    files = {table: FILES.format(shop=out / "shop", table=table) for table in tables}
    files["events"] = f"read_parquet('{out}/shop/events/day=*/*.parquet')"
    with in_memory() as connection:
        frames = {name: connection.execute(sql.format(**files)).df() for name, sql in QUERIES.items()}
        known = f"select customer_id::varchar as customer, is_abuser from '{out}/truth/customers.parquet'"
        truth = connection.execute(known).df().set_index("customer")["is_abuser"]
    customers = tuple(frames.pop("customers")["customer"])
    day: date = frames["orders"]["time"].max().date() + timedelta(days=1)
    return Shop(Activity(customers, day, **frames), truth.reindex(customers).to_numpy(dtype=bool))


def add_families(shop: Shop, seed: int, share: float = 1 / 3) -> Shop:
    """The same shop where so many customers live in families of 2-5 with one address, and half of them with one device
    and card: nothing else changes, so nobody's behaviour has to do with it."""
    chance = np.random.default_rng(seed)
    activity = shop.activity
    people = chance.permutation(len(activity.customers))[: int(share * len(activity.customers))]
    family = np.repeat(np.arange(len(people)), chance.integers(2, 6, len(people)))[: len(people)]
    names = np.array(activity.customers, dtype=object)[people]
    home = pd.DataFrame({"customer": names, "kind": "address", "value": [f"home {one}" for one in family]})
    close = home[family % 2 == 0]
    device = close.assign(kind="device", value=close["value"] + " device")
    card = close.assign(kind="payment", value=close["value"] + " card")
    return replace(shop, activity=replace(activity, links=pd.concat([activity.links, home, device, card])))


def open_shop(seed: int, has_rings: bool = True) -> Shop:
    with tempfile.TemporaryDirectory(prefix="promolift-abuse-") as folder:
        return read_shop(simulate(seed, Path(folder), has_rings))
