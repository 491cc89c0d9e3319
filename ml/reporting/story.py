"""The whole report in the order in which a campaign manager asks: what, why, how good, how safe, what is missing."""

from ml.reporting.caveats import describe_caveats
from ml.reporting.checked import describe_gates
from ml.reporting.decided import count_people, describe_decisions
from ml.reporting.drifted import describe_drift
from ml.reporting.earned import describe_earned
from ml.reporting.examples import show_promotions
from ml.reporting.explained import describe_influences
from ml.reporting.facts import Facts
from ml.reporting.frontier import describe_frontier
from ml.reporting.headline import count_tiles, summarise
from ml.reporting.learned import describe_models
from ml.reporting.money import describe_campaigns
from ml.reporting.monitoring import describe_monitoring
from ml.reporting.outcomes import describe_outcomes
from ml.reporting.page import Report
from ml.reporting.recommended import describe_recommendations
from ml.reporting.results import describe_results
from ml.reporting.selected import describe_selection
from ml.reporting.timed import describe_times
from ml.reporting.words import long_day, short_day

SECTIONS = (
    describe_decisions,
    describe_campaigns,
    describe_frontier,
    show_promotions,
    describe_influences,
    describe_models,
    describe_selection,
    describe_outcomes,
    describe_recommendations,
    describe_monitoring,
    describe_earned,
    describe_results,
    describe_gates,
    describe_drift,
    describe_times,
    describe_caveats,
)


def tell(facts: Facts) -> Report:
    """The report of a day from its facts; the same facts give the same report."""
    return Report(
        title=f"Promotions for {long_day(facts.day)}",
        subtitle=f"Decided from all that the shop had delivered before {short_day(facts.day)}{source(facts)}.",
        summary=summarise(facts),
        people=count_people(facts),
        tiles=count_tiles(facts),
        sections=tuple(describe(facts) for describe in SECTIONS),
        provenance=provenance(facts),
    )


def source(facts: Facts) -> str:
    runs = facts.frames.runs
    return "" if runs.empty else f"; source: {str(runs.iloc[0]['source']).replace('_', ' ')}"


def provenance(facts: Facts) -> tuple[tuple[str, str], ...]:
    if facts.frames.runs.empty:
        return (("Run", "not recorded"),)
    run = facts.frames.runs.iloc[0]
    return (
        ("Run", run["run_id"]),
        ("Code", run["code_version"]),
        ("Parameters", run["parameters_fingerprint"]),
        ("Data", run["data_fingerprint"]),
    )
