"""What a run ends with: gates, a few offers, and where to look next, read from the published file."""

from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table

from ml import parameters
from warehouse import connection
from warehouse.settings import Settings

OFFERS_SHOWN = 8
GATES = """
    select gate, count(*) filter (is_passed) as passed, count(*) as rules,
        count(*) filter (not is_passed and severity != 'critical') as warnings,
        count(*) filter (not is_passed and severity = 'critical') as breaches
    from gate_results where day = $day group by gate
    order by list_position(['raw', 'features', 'scores', 'decisions'], gate)
"""
# The best offer of the customers with the most to expect, each campaign at most twice so that the table shows variety.
OFFERS = f"""
    select customer_id, title, campaign_id, expected_margin, reasons
    from user_promotions where day = $day and rank = 1
    qualify row_number() over (partition by campaign_id order by expected_margin desc, customer_id) <= 2
    order by expected_margin desc, customer_id limit {OFFERS_SHOWN}
"""
COUNTS = """
    select status, count(*) as customers
    from user_decisions where day = $day group by status order by customers desc, status
"""


def read_published(installation: Settings, sql: str, day: date) -> list[tuple[Any, ...]]:
    with connection.locked_down(installation.published) as published:
        return published.execute(sql, {"day": day}).fetchall()


def show_summary(console: Console, installation: Settings, day: date) -> None:
    console.print()
    show_gates(console, read_published(installation, GATES, day))
    show_decisions(console, read_published(installation, COUNTS, day))
    show_offers(console, read_published(installation, OFFERS, day), day)
    show_next_steps(console, installation, day)


def show_gates(console: Console, gates: list[tuple[Any, ...]]) -> None:
    words = [f"{gate} {passed} of {rules}" for gate, passed, rules, *_ in gates]
    warnings, breaches = sum(gate[3] for gate in gates), sum(gate[4] for gate in gates)
    more = f" ({warnings} {'warning' if warnings == 1 else 'warnings'}, {breaches or 'none'} critical)"
    console.print(f"[bold]Rules held[/]    {' · '.join(words)}{more if warnings or breaches else ''}", highlight=False)


def show_decisions(console: Console, counts: list[tuple[Any, ...]]) -> None:
    words = [f"{customers:,} {status.replace('_', ' ')}" for status, customers in counts]
    console.print(f"[bold]Customers[/]     {' · '.join(words)}", highlight=False)


def show_offers(console: Console, offers: list[tuple[Any, ...]], day: date) -> None:
    currency = parameters.load().shop.currency
    table = Table(title=f"A few of the offers for {day}", title_justify="left", title_style="bold", expand=False)
    table.add_column("customer")
    table.add_column("offer", no_wrap=True, overflow="ellipsis", max_width=40)
    table.add_column(f"margin, {currency}", justify="right")
    table.add_column("reason")
    for customer, title, campaign, margin, reasons in offers:
        reason = (reasons or "").split(";")[0]
        table.add_row(customer, f"{campaign}: {title}", f"{margin:.2f}", reason)
    console.print(table, highlight=False)
    console.print("Offer: campaign and title. Margin: expected; assumed rates where cost is unknown.", style="dim")


def show_next_steps(console: Console, installation: Settings, day: date) -> None:
    console.print("[bold]Where to look next[/]")
    for what, where in (
        ("the day as a page", installation.reports / day.isoformat() / "index.html"),
        ("the published tables", installation.published),
        ("the same run in Airflow", "make ui"),
    ):
        console.print(f"  {what:<25}{where}", highlight=False, soft_wrap=True)
