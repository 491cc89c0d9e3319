"""Columns of any name and type as numbers and words that learners take."""

import numpy as np
import pandas as pd

from warehouse.errors import BadInput

DAY = pd.Timedelta(days=1)
EPOCH = pd.Timestamp(0, tz="UTC")


def as_frame(given: object) -> pd.DataFrame:
    """A pandas frame, or anything that can become one (Arrow, Polars, DuckDB), with text as column names."""
    frame = given
    for method in ("to_pandas", "df"):
        if not isinstance(frame, pd.DataFrame) and hasattr(frame, method):
            frame = getattr(frame, method)()
    if not isinstance(frame, pd.DataFrame):
        raise BadInput(f"a test is a frame with a row per customer, not {type(given).__name__}")
    frame = frame.reset_index(drop=True)
    frame.columns = pd.Index([str(name) for name in frame.columns])
    if twice := sorted(frame.columns[frame.columns.duplicated()]):
        raise BadInput(f"two columns are called {twice[0]}")
    if frame.empty:
        raise BadInput("the test has no rows")
    return frame


def as_features(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as floats, true/false as 1/0, moments as days since 1970, everything else as words; missing stays so.

    >>> frame = pd.DataFrame({"since": pd.to_datetime(["1970-01-03", None]), "town": ["a", None], "old": [True, False]})
    >>> as_features(frame).to_dict("list")
    {'since': [2.0, nan], 'town': ['a', None], 'old': [1.0, 0.0]}
    """
    return pd.DataFrame({name: as_feature(frame[name]) for name in frame.columns}, index=frame.index)


def as_feature(column: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column):
        moment = pd.to_datetime(column, utc=True)
        return (moment - EPOCH).dt.total_seconds() / DAY.total_seconds()
    if pd.api.types.is_timedelta64_dtype(column):
        return column.dt.total_seconds() / DAY.total_seconds()
    number = as_number(column)
    if number is not None:
        return number.replace([np.inf, -np.inf], np.nan)
    if is_dates(column):
        return as_feature(pd.to_datetime(column))
    return column.astype(object).where(column.notna(), None).map(lambda word: None if word is None else str(word))


def as_number(column: pd.Series) -> pd.Series | None:
    """The column as floats, missing as NaN; None where it holds anything but numbers and truth values."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return None
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column):
        return pd.Series(column.to_numpy(dtype=float, na_value=np.nan), index=column.index)
    known = column.dropna()
    if column.dtype == object and all(not isinstance(value, str | bytes) for value in known):
        number = pd.to_numeric(known, errors="coerce")
        if number.notna().all():
            return number.astype(float).reindex(column.index)
    return None


def is_dates(column: pd.Series) -> bool:
    known = column.dropna()
    return bool(len(known)) and pd.api.types.infer_dtype(known) in {"date", "datetime"}


def required_number(frame: pd.DataFrame, name: str, what: str) -> np.ndarray:
    """A column of which no value may lack; BadInput with the count of those that do."""
    number = as_number(frame[name])
    if number is None:
        raise BadInput(f"the {what} {name} holds words; it must hold numbers (1 and 0 for yes and no)")
    wrong = int((~np.isfinite(number)).sum())
    if wrong:
        raise BadInput(f"{wrong:,} of {len(frame):,} rows have no {what} ({name}): fill them in, or leave the rows out")
    return number.to_numpy(dtype=float)


def as_words(frame: pd.DataFrame, name: str) -> pd.Series:
    """The arms as words: 1.0, 1 and True are names of their own, a missing one is BadInput."""
    column = frame[name]
    if missing := int(column.isna().sum()):
        raise BadInput(f"{missing:,} of {len(frame):,} rows do not say their treatment ({name})")
    number = as_number(column)
    if number is not None and column.dtype != bool and (number == number.round()).all():
        return number.astype("int64").astype(str)
    return column.astype(str)
