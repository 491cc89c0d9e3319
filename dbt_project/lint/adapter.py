"""What the linter knows of dbt's adapter: a dispatched macro stands as a call of its own name."""

from collections.abc import Callable


def dispatch(name: str) -> Callable[..., str]:
    return lambda *arguments: f"{name}({', '.join(str(argument) for argument in arguments)})"
