"""Which rows of a landed table hold on a day: no declared change of their key follows, and they are no deletion."""

from warehouse import contract

RANK = "case {row}.change when 'deletion' then 2 when 'correction' then 1 else 0 end"


def standing(table: str, before: str) -> str:
    """SQL for the rows of an event with changes that hold, as known before a day (an SQL expression)."""
    same_key = " and ".join(f"later.{name} = landed.{name}" for name in contract.load()[table].key)
    place, later = (f"(({row}.day, {RANK.format(row=row)}))" for row in ("landed", "later"))
    return f"""
        select * from landing.{table} as landed
        where
            day < {before} and change is distinct from 'deletion'
            and not exists (
                from landing.{table} as later
                where later.change <> '' and later.day < {before} and {same_key} and {later} > {place}
            )
    """
