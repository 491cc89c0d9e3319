"""SQL for who and what is known on a day: customers, and the offers and campaigns that can be used."""

from datetime import date

CUSTOMERS = "select distinct customer_id from staging.stg_shop__customers"
PRODUCTS = "select distinct product_id from staging.stg_shop__products"


def newest(entity: str) -> str:
    """The valid version of each offer or campaign."""
    order = f"row_number() over (partition by {entity}_id order by day desc)"
    return f"select * from staging.stg_shop__{entity}s qualify {order} = 1"


def active(entity: str, day: date) -> str:
    first, last = ("valid_from", "valid_until") if entity == "offer" else ("start_date", "end_date")
    return f"select * from ({newest(entity)}) where date '{day}' between {first} and {last}"


def pairs_without(rows: str, entity: str, day: date) -> str:
    """Pairs of a known customer and an active offer or campaign that are not among the rows."""
    subjects = f"select {entity}_id from ({active(entity, day)})"
    pairs = f"select * from ({CUSTOMERS}) cross join ({subjects})"
    return f"select * from ({pairs}) anti join ({rows}) using (customer_id, {entity}_id)"


def differing(left: str, right: str) -> str:
    """Rows of only one of two queries with the same columns."""
    return f"(({left}) except ({right})) union all (({right}) except ({left}))"
