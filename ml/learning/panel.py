"""Rows to learn from and rows to score, read from the feature tables by one query per family."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ml.learning.families import Family
from ml.learning.metrics import FloatArray
from warehouse import tables

NUMERIC = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "FLOAT",
    "DOUBLE",
)
MILLION = 1_000_000
ROWS_AT_ONCE = 1_000_000  # to score: half a gibibyte of a hundred features, whatever the number of customers
Part = tuple[int, int]  # place and count
WHOLE: Part = (0, 1)
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Panel:
    """n rows in the order of their keys: keys (day, customer_id, subject_id), raw features, outcome 0/1, weight."""

    keys: pd.DataFrame
    features: pd.DataFrame
    outcome: FloatArray
    weight: FloatArray

    @classmethod
    def of(cls, frame: pd.DataFrame) -> "Panel":
        """A panel of any frame with day, customer_id and, optionally, subject_id, outcome and weight beside features.

        >>> frame = pd.DataFrame({"day": [date(2017, 1, 2), date(2017, 1, 1)], "customer_id": "1", "x": [1, 2]})
        >>> Panel.of(frame).features["x"].tolist()
        [2, 1]
        """
        whole = frame if "subject_id" in frame else frame.assign(subject_id="")
        keys = ["day", "customer_id", "subject_id"]
        order = np.lexsort([rank(whole[key]) for key in reversed(keys)])
        is_sorted = bool((order == np.arange(len(whole))).all())
        whole = (whole if is_sorted else whole.iloc[order]).reset_index(drop=True)
        rows = len(whole)
        outcome = whole["outcome"].to_numpy(float) if "outcome" in whole else np.zeros(rows)
        weight = whole["weight"].to_numpy(float) if "weight" in whole else np.ones(rows)
        return cls(whole[keys], whole.drop(columns=[*keys, "outcome", "weight"], errors="ignore"), outcome, weight)

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, mask: BoolArray) -> "Panel":
        rows = np.flatnonzero(mask)
        return Panel(self.keys.iloc[rows], self.features.iloc[rows], self.outcome[rows], self.weight[rows])

    @property
    def days(self) -> list[date]:
        return sorted(pd.unique(self.keys["day"]))

    @property
    def positives(self) -> int:
        return int(self.outcome.sum())


def rank(values: pd.Series) -> npt.NDArray[np.intp]:
    """The place of each value among the distinct ones, words by their letters.

    >>> rank(pd.Series(["b", "a", "b"])).tolist()
    [1, 0, 1]
    """
    codes, distinct = pd.factorize(values)
    places = np.argsort(np.argsort(np.asarray(distinct, dtype=object), kind="stable"), kind="stable")
    return places[codes]


def column_types(table: str) -> dict[str, str]:
    """Type of each column of a feature table; empty where the table does not exist."""
    schema, name = table.split(".")
    sql = """
        select column_name, data_type from information_schema.columns
        where table_schema = $schema and table_name = $name order by ordinal_position
    """
    found = tables.read(sql, {"schema": schema, "name": name})
    return dict(zip(found["column_name"].to_pylist(), found["data_type"].to_pylist(), strict=True))


def feature_expression(column: str, kind: str, table: str, alias: str) -> str | None:
    """Numbers and switches as floats, dates as days before the as-of day, words as they are; ids are no features."""
    if column == "day" or column.endswith("_id"):
        return None
    name = f"{table}.{column}"
    if kind == "VARCHAR":
        return f"{name} as {alias}"
    if kind == "DATE":
        return f"(feature.day - {name})::float as {alias}"
    if kind in {"BOOLEAN", *NUMERIC} or kind.startswith("DECIMAL"):
        return f"{name}::float as {alias}"
    return None


def feature_expressions(family: Family) -> list[str]:
    own = [
        feature_expression(column, kind, "feature", column)
        for column, kind in column_types(family.features).items()
        if column not in {*family.excluded, *family.keys}
    ]
    customers = column_types("features.customers") if family.joins_customers else {}
    joined = [feature_expression(column, kind, "customer", f"customer_{column}") for column, kind in customers.items()]
    return [expression for expression in own + joined if expression]


def select_features(family: Family) -> str:
    subject = f"feature.{family.subject}" if family.subject else "''"
    columns = ", ".join([f"feature.day, feature.customer_id, {subject} as subject_id", *feature_expressions(family)])
    customers = "left join features.customers as customer using (day, customer_id)" if family.joins_customers else ""
    return f"select {columns} {{more}} from {family.features} as feature {customers}"


EVER = date(1, 1, 1)


def count_labels(family: Family, day: date, since: date = EVER) -> tuple[int, int]:
    """Rows as of `since` or later whose label closed by the day, and of these the positive ones."""
    if not column_types(family.labels):
        return 0, 0
    counts = f"count(*), count(*) filter ({family.outcome})"
    sql = f"select {counts} from {family.labels} where label_closed_on <= $day and day >= $since"
    rows, positives = (int(column[0].as_py()) for column in tables.read(sql, {"day": day, "since": since}).columns)
    return rows, positives


def keep_rates(family: Family, rows: int, positives: int, most: int) -> tuple[float, float]:
    """Shares of positive and negative rows to keep so that about `most` remain; all positives where they are rare.

    >>> from ml.learning.families import by_name
    >>> keep_rates(by_name("redemption_offer"), 1_000, 100, 400) == (1.0, 300 / 900)
    True
    >>> keep_rates(by_name("category_purchase"), 1_000, 100, 400) == (400 / 1_000, 400 / 1_000)
    True
    """
    if rows <= most:
        return 1.0, 1.0
    if family.keeps_outcomes and positives < most:
        return 1.0, (most - positives) / (rows - positives)
    return most / rows, most / rows


def read_panel(family: Family, day: date, most: int, since: date = EVER) -> Panel:
    """Rows as of `since` or later whose label closed by the day; a sample by hash of the keys beyond `most`."""
    rows, positives = count_labels(family, day, since)
    if not rows:
        return Panel.of(pd.DataFrame({"day": [], "customer_id": []}))
    kept, kept_negatives = keep_rates(family, rows, positives, most)
    keys = ", ".join(family.keys)
    draw = f"md5_number_lower(concat_ws('|', {', '.join(f'{key}::varchar' for key in family.keys)})) % {MILLION}"
    share = f"case when {family.outcome} then {kept!r}::double else {kept_negatives!r}::double end"
    labels = f"""(
        select {keys}, {family.outcome}::float as outcome, 1 / ({share}) as weight from {family.labels}
        where label_closed_on <= $day and day >= $since and {draw} < {MILLION} * ({share})
    )"""
    sql = f"{select_features(family).format(more=', outcome, weight')} inner join {labels} as label using ({keys})"
    return Panel.of(as_frame(tables.read(f"{sql} order by {order(family)}", {"day": day, "since": since})))


def read_scoring(family: Family, day: date, part: Part = WHOLE) -> Panel:
    """Rows of the day itself, as yet without an outcome; of one part of the customers."""
    if not column_types(family.features):
        return Panel.of(pd.DataFrame({"day": [], "customer_id": []}))
    sql = f"{select_features(family).format(more='')} where feature.day = $day and {inside(part, 'feature.')}"
    return Panel.of(as_frame(tables.read(f"{sql} order by {order(family)}", {"day": day})))


def parts_to_score(family: Family, day: date, most: int = ROWS_AT_ONCE) -> list[Part]:
    """Parts of the customers, by a hash of their ids, with about so many rows of the day each."""
    if not column_types(family.features):
        return [WHOLE]
    rows = int(tables.read(f"select count(*) from {family.features} where day = $day", {"day": day})[0][0].as_py())
    count = max(1, -(-rows // most))
    return [(place, count) for place in range(count)]


def inside(part: Part, of: str = "") -> str:
    """The condition that a row's customer belongs to a part.

    >>> inside((1, 4)), inside(WHOLE)
    ('hash(customer_id) % 4 = 1', 'true')
    """
    place, count = part
    return f"hash({of}customer_id) % {count} = {place}" if count > 1 else "true"


def order(family: Family) -> str:
    return ", ".join(f"feature.{key}" for key in family.keys)


def as_frame(rows: pa.Table) -> pd.DataFrame:
    """Words become categories, so that a million rows of them stay small."""
    return rows.to_pandas(strings_to_categorical=True, date_as_object=True)
