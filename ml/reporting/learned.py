"""How good the models are: champion against floor and challengers, calibration, gain."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from ml.reporting import cards, charts, names
from ml.reporting.facts import Facts
from ml.reporting.page import Figure, Group, Section, Table
from ml.reporting.words import count, decimals, is_known, plural, share, share_range, short_day

ROLE_TONES = {"champion": "accent", "challenger": "quiet", "floor": "second"}
ROLES = {"champion": "in use", "challenger": "challenger", "floor": "floor"}


@dataclass(frozen=True)
class Wording:
    """A family of models in plain words; `window` names the label parameter with the days it looks ahead."""

    title: str
    question: str
    event: str
    window: str


FAMILIES = {
    "redemption_campaign": Wording(
        "Coupon use, per campaign",
        "Will this customer use any coupon of this campaign?",
        "coupon users",
        "redemption_horizon_days",
    ),
    "redemption_offer": Wording(
        "Coupon use, per offer", "Will this customer use this very offer?", "offers used", "redemption_horizon_days"
    ),
    "purchase": Wording("Purchase", "Will this customer buy anything?", "buyers", "purchase_horizon_days"),
    "category_purchase": Wording(
        "Purchase per category",
        "Will this customer buy from this category?",
        "category buyers",
        "category_horizon_days",
    ),
}


def wording(family: str) -> Wording:
    return FAMILIES.get(family, Wording(names.plain(family), "", "responses", ""))


def describe_models(facts: Facts) -> Section:
    models = facts.frames.models
    title = "How good the predictions are"
    families = [
        family
        for family in [*FAMILIES, *sorted(set(models["family"]) - set(FAMILIES))]
        if in_use(models, family) is not None
    ]
    if not families:
        return Section("models", title, "Not available because no model has been trained for this day.")
    return Section(
        anchor="models",
        title=title,
        takeaway=model_takeaway(models, families),
        explanation=(
            "Each model was measured on days after those it learned from. AUC is the chance that, of one customer who responds "
            "and one who does not, the first has the higher score: 0.5 is a coin toss, 1 is perfect. The floor is the simplest rule a model "
            "has to beat before it is used."
        ),
        blocks=tuple(family_group(models, family, facts) for family in families),
    )


def in_use(models: pd.DataFrame, family: str) -> "pd.Series[object] | None":
    """The newest champion of a family whose data cut is not after the day."""
    champions = models.query("family == @family and role == 'champion'").sort_values(["data_cut", "version"])
    return None if champions.empty else champions.iloc[-1]


def model_takeaway(models: pd.DataFrame, families: list[str]) -> str:
    champions = [champion for champion in (in_use(models, family) for family in families) if champion is not None]
    better = sum(float(champion["metric_value"]) > float(champion["floor_value"]) for champion in champions)
    metrics = [f"{wording(champion['family']).title.lower()} {metric_text(champion)}" for champion in champions]
    return f"{count(better)} of {plural(len(champions), 'model')} in use beat their floor: {'; '.join(metrics)}."


def metric_text(champion: "pd.Series[object]") -> str:
    return f"{names.metric(champion['metric'])} {decimals(float(champion['metric_value']))} (floor {decimals(float(champion['floor_value']))})"


def family_group(models: pd.DataFrame, family: str, facts: Facts) -> Group:
    champion = in_use(models, family)
    words, card = wording(family), cards.parse(champion["card"])
    days = getattr(facts.parameters.labels, words.window, None)
    question = f"{words.question} Looks {plural(days, 'day')} ahead." if days else words.question
    found = [contest_figure(models, champion), calibration_figure(card), gain_figure(card, words.event)]
    return Group(
        words.title,
        question,
        tuple(figure for figure in found if figure is not None),
        model_facts(champion),
        card.caveat,
    )


def model_facts(champion: "pd.Series[object]") -> tuple[tuple[str, str], ...]:
    return (
        ("Method in use", names.candidate(champion["candidate"])),
        ("Version", str(champion["version"])),
        ("Knows data before", short_day(champion["data_cut"])),
        ("Checked on", validation_span(champion["validation_from"], champion["validation_until"])),
        ("Learned from", plural(champion["train_rows"], "row")),
    )


def validation_span(first: date, last: date) -> str:
    return f"{short_day(first)} to {short_day(last)}"


def contest_figure(models: pd.DataFrame, champion: "pd.Series[object]") -> Figure:
    family, cut = champion["family"], champion["data_cut"]
    rivals = models.query("family == @family and data_cut == @cut").sort_values(
        ["metric_value", "candidate"], ascending=[False, True]
    )
    intervals = [
        cards.parse(card).interval(metric) for card, metric in zip(rivals["card"], rivals["metric"], strict=True)
    ]
    frame = pd.DataFrame(
        {
            "label": [
                f"{names.candidate(row.candidate)} ({ROLES.get(row.role, row.role)})" for row in rivals.itertuples()
            ],
            "value": rivals["metric_value"].astype(float),
            "low": [interval.low for interval in intervals],
            "high": [interval.high for interval in intervals],
            "text": [
                contest_text(value, interval) for value, interval in zip(rivals["metric_value"], intervals, strict=True)
            ],
            "tone": rivals["role"].map(ROLE_TONES).fillna("quiet"),
        }
    )
    metric = names.metric(champion["metric"])
    rows = tuple((row.label, row.text) for row in frame.itertuples())
    return Figure(
        title="Against floor and challengers",
        text=f"{metric} on the days of the check, with 95% interval; further right is better, the dashed line is the floor.",
        spec=charts.points_with_range(frame, metric, ".2f", float(champion["floor_value"])),
        numbers=Table(("Method", f"{metric} (95% interval)"), rows, f"{metric} of every method tried", frozenset({1})),
    )


def contest_text(value: float, interval: cards.Interval) -> str:
    span = f" ({decimals(interval.low)} to {decimals(interval.high)})" if is_known(interval.low) else " (no interval)"
    return decimals(float(value)) + span


def calibration_figure(card: cards.Card) -> Figure | None:
    bins = card.calibration
    if bins.empty:
        return None
    return reliability(
        bins,
        title="Do probabilities mean what they say?",
        text=f"Predicted against actual rate; on the dashed line they agree. {calibration_takeaway(bins)}",
        caption="Predicted and actual rate per bin of the check",
    )


def reliability(bins: pd.DataFrame, title: str, text: str, caption: str) -> Figure:
    """bins: predicted, actual, low, high (rates), rows."""
    lines = [
        f"predicted {share(row.predicted, 1)}, actual {share(row.actual, 1)} ({share_range(row.low, row.high)}), {plural(row.rows, 'row')}"
        for row in bins.itertuples()
    ]
    rows = tuple(
        (share(row.predicted, 1), share(row.actual, 1), share_range(row.low, row.high), count(row.rows))
        for row in bins.itertuples()
    )
    head = ("Predicted", "Actual", "95% interval", "Rows")
    return Figure(
        title=title,
        text=text,
        spec=charts.calibration(bins.assign(text=lines), "predicted rate", "actual rate"),
        numbers=Table(head, rows, caption, frozenset({0, 1, 2, 3})),
    )


def calibration_takeaway(bins: pd.DataFrame) -> str:
    inside = ((bins["low"] <= bins["predicted"]) & (bins["predicted"] <= bins["high"])).sum()
    return f"The prediction lies in the interval of what happened in {count(inside)} of {plural(len(bins), 'bin')}."


def gain_figure(card: cards.Card, event: str) -> Figure | None:
    curve = card.gain
    if curve.empty:
        return None
    tenth = curve.loc[(curve["contacted"] - 0.1).abs().idxmin()]
    lines = [f"best {share(row.contacted, 0)}: {share(row.found, 0)} of {event}" for row in curve.itertuples()]
    rows = tuple((share(row.contacted, 0), share(row.found, 0)) for row in curve.itertuples())
    return Figure(
        title="What choosing by score gains",
        text=f"The best {share(tenth['contacted'], 0)} by score hold {share(tenth['found'], 0)} of all {event}; the dashed line is drawing lots.",
        spec=charts.gain(curve.assign(text=lines), f"share of {event} found"),
        numbers=Table(
            ("Best by score", f"Share of {event} found"), rows, "Gain of choosing by score", frozenset({0, 1})
        ),
    )


def describe_outcomes(facts: Facts) -> Section:
    outcomes = facts.frames.outcomes
    title = "How the predictions of this day turned out"
    if outcomes.empty:
        return Section(
            "outcomes",
            title,
            "Not available because the days that were predicted are not (all) in the data yet; it appears once they are.",
        )
    families = [family for family in FAMILIES if family in set(outcomes["family"])]
    return Section(
        anchor="outcomes",
        title=title,
        takeaway=outcome_takeaway(outcomes, families),
        explanation="Compares the scores of this day with what customers then did. The days after were not used to learn or decide.",
        blocks=tuple(outcome_figure(outcomes.query("family == @family"), wording(family)) for family in families),
    )


def outcome_takeaway(outcomes: pd.DataFrame, families: list[str]) -> str:
    sentences = [outcome_sentence(outcomes.query("family == @family"), wording(family)) for family in families]
    return " ".join(sentences)


def outcome_sentence(bins: pd.DataFrame, words: Wording) -> str:
    weights = bins["customers"] / bins["customers"].sum()
    predicted, actual = (float((bins[column] * weights).sum()) for column in ("predicted_rate", "actual_rate"))
    return f"{words.title}: {share(predicted, 1)} predicted, {share(actual, 1)} happened."


def outcome_figure(bins: pd.DataFrame, words: Wording) -> Figure:
    renamed = bins.rename(
        columns={
            "predicted_rate": "predicted",
            "actual_rate": "actual",
            "actual_low": "low",
            "actual_high": "high",
            "customers": "rows",
        }
    )
    first = bins.iloc[0]
    auc = f" AUC {decimals(first['auc'])}." if is_known(first["auc"]) else ""
    return reliability(
        renamed[["predicted", "actual", "low", "high", "rows"]],
        title=words.title,
        text=f"What happened within {plural(first['window_days'], 'day')}, against what was predicted.{auc} {calibration_takeaway(renamed)}",
        caption=f"{words.title}: predicted and actual rate per bin",
    )


def describe_recommendations(facts: Facts) -> Section:
    made = facts.frames.recommendations
    title = "Products recommended"
    if made.empty:
        return Section("recommendations", title, "Not available because no product was recommended for this day.")
    parts = [part for part in names.PARTS if part in set(made["part"])]
    methods = (
        made.groupby("method", as_index=False)["products"]
        .sum()
        .sort_values(["products", "method"], ascending=[False, True])
    )
    frame = made.assign(
        label=made["method"].map(names.plain), part=made["part"].map(names.part), value=made["products"]
    )
    frame = frame.assign(
        text=[count(n) for n in frame["products"]], place=frame["method"].map(list(methods["method"]).index)
    )
    rows = tuple(
        (row.label, row.part, count(row.products), count(row.distinct_products), count(row.customers))
        for row in frame.itertuples()
    )
    figure = Figure(
        title="Recommendations by method and part",
        text="Lines of all recommendation lists, by the method that proposed them and what the product is to the customer.",
        spec=charts.stacked_bars(
            frame.sort_values(["place", "part"]), [names.part(part) for part in parts], "recommendations"
        ),
        numbers=Table(
            ("Method", "Part", "Recommendations", "Different products", "Customers"),
            rows,
            "Recommendations",
            frozenset({2, 3, 4}),
        ),
        is_wide=True,
    )
    return Section("recommendations", title, recommendation_takeaway(made), (figure,), PARTS_EXPLAINED)


PARTS_EXPLAINED = (
    "Products a customer buys regularly keep the list useful; products bought before but not lately, and products never bought, are "
    "where a promotion can change something."
)


def recommendation_takeaway(made: pd.DataFrame) -> str:
    total, novel = made["products"].sum(), made.query("part != 'repeat'")["products"].sum()
    return f"{plural(total, 'recommendation')}; {share(novel / total)} are products the customer no longer buys or never bought."
