"""A person agrees before much money is promised: off unless `decide.approval_spend_limit` is set in ml/params.yml."""

from datetime import date, timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Context

from ml import parameters
from orchestration.stages import day_of


class ApproveSpend(ApprovalOperator):
    """Ask for approval when the day's planned spend exceeds the limit; otherwise go on at once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            subject="Publish today's promotions?",
            fail_on_reject=True,
            response_timeout=timedelta(hours=12),
            execution_timeout=None,
            **kwargs,
        )

    def execute(self, context: Context) -> Any:
        limit = parameters.load().decide.approval_spend_limit
        if limit is None:
            self.log.info("decide.approval_spend_limit is not set: no approval needed")
            return None
        spend = planned_spend(day_of(context))
        currency = parameters.load().shop.currency
        self.body = f"Planned spend is {spend:,.2f} {currency}; the limit without approval is {limit:,.2f} {currency}."
        self.log.info("%s", self.body)
        return super().execute(context) if spend > limit else None


def planned_spend(day: date) -> float:
    """What today's planned offers are expected to cost, in the shop's currency."""
    from warehouse import tables  # loads DuckDB: only in the task, only when there is a limit

    rows = tables.read("select sum(cost_expected) as spend from ml.offer_plans where day = $day", {"day": day})
    return float(rows["spend"][0].as_py() or 0)
