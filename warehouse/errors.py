"""Errors a person can act on: one sentence each, and an exit code the scheduler understands."""

import sys
from collections.abc import Callable

from rich.console import Console
from rich.markup import escape


class PromoliftError(Exception):
    """Something a person has to mend; the message is one clear sentence, on one line whatever a file's names hold."""

    exit_code = 1

    def __str__(self) -> str:
        return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in super().__str__())


class BadInput(PromoliftError):
    """The data or the request breaks the contract."""

    exit_code = 65


class NotAvailable(PromoliftError):
    """A needed package, file or day is not there."""

    exit_code = 66


class GateFailed(PromoliftError):
    """A critical rule of a gate did not hold."""

    exit_code = 70


class StorageFailed(PromoliftError):
    """The disk is full, read-only or broken."""

    exit_code = 74


class WarehouseLocked(PromoliftError):
    """Another process holds the warehouse; trying again later may help."""

    exit_code = 75


def exit_with_message(run: Callable[[], None]) -> None:
    """Run a command; end a mendable error with its sentence on stderr and its exit code."""
    try:
        run()
    except PromoliftError as error:
        console = Console(stderr=True)
        console.print(f"[bold red]{type(error).__name__}[/]: {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(error.exit_code)
