"""A person agrees before much money is promised, and only then."""

from datetime import date
from types import SimpleNamespace

import pytest
from airflow.providers.standard.operators.hitl import ApprovalOperator

from ml import parameters
from orchestration import approval
from orchestration.approval import ApproveSpend
from tests.orchestration.contexts import context

ASKED = "asked"


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> object:
    """Runs the task under a limit and a planned spend; says whether somebody was asked."""

    def run(limit: float | None, spend: float) -> tuple[object, ApproveSpend]:
        decide = SimpleNamespace(approval_spend_limit=limit)
        settings = SimpleNamespace(decide=decide, shop=SimpleNamespace(currency="USD"))
        monkeypatch.setattr(approval.parameters, "load", lambda: settings)
        monkeypatch.setattr(approval, "planned_spend", lambda day: spend if day == date(2017, 11, 27) else 0)
        monkeypatch.setattr(ApprovalOperator, "execute", lambda self, context: ASKED)
        task = ApproveSpend(task_id="approve")
        return task.execute(context()), task

    return run


def test_nobody_is_asked_without_a_limit(ask: object) -> None:
    assert ask(None, 1_000_000)[0] is None  # type: ignore[operator]


def test_nobody_is_asked_up_to_the_limit(ask: object) -> None:
    assert ask(500, 500)[0] is None  # type: ignore[operator]


def test_somebody_is_asked_above_the_limit_and_told_both_amounts(ask: object) -> None:
    answer, task = ask(500, 1234.5)  # type: ignore[operator]
    assert answer == ASKED
    assert task.body == "Planned spend is 1,234.50 USD; the limit without approval is 500.00 USD."


def test_it_is_off_by_default() -> None:
    assert parameters.load().decide.approval_spend_limit is None


def test_waiting_does_not_use_up_the_time_of_a_stage() -> None:
    task = ApproveSpend(task_id="approve")
    assert task.execution_timeout is None
    assert task.fail_on_reject
