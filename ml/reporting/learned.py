"""How good the models are: champion against floor and challengers, calibration, gain."""

from datetime import date

import pandas as pd

from ml.reporting import cards, charts, names
from ml.reporting.contested import contest_figure, model_takeaway, number
from ml.reporting.data import rows_of
from ml.reporting.facts import Facts
from ml.reporting.families import in_order, wording
from ml.reporting.page import Figure, Group, Section, Table
from ml.reporting.words import count, decimals, is_known, plural, share, share_range, short_day

SHOWN_SHARE = 0.1
ON_THE_LINE = "On the dashed line, what was predicted is what happened; both axes are stretched near zero."


def describe_models(facts: Facts) -> Section:
    champions = in_use(facts.frames.models)
    title = "How good the predictions are"
    if champions.empty:
        return Section("models", title, "Not available because no model has been trained for this day.")
    families = in_order(set(champions["family"]))
    by_family = {row["family"]: row for _, row in champions.iterrows()}
    return Section(
        anchor="models",
        title=title,
        takeaway=model_takeaway([by_family[family] for family in families]),
        explanation=(
            "Each model was measured on days after those it learned from. AUC is the chance that, of one customer "
            "who responds and one who does not, the first has the higher score: 0.5 is a coin toss, 1 is perfect. The "
            "floor is the simplest rule a model has to beat before it is used. Average precision is the share of right "
            "picks, averaged over every length of the list of best scores. Of losses and costs less is better. "
            "Intervals hold for 95 of 100 draws of other customers, products or messages like these."
        ),
        blocks=tuple(family_group(by_family[family], facts) for family in families),
    )


def in_use(models: pd.DataFrame) -> pd.DataFrame:
    """The newest champion of each family, among data cuts that are not after the day."""
    champions = models[models["role"] == "champion"].sort_values(["family", "data_cut", "version"])
    return champions.drop_duplicates("family", keep="last")


def family_group(champion: "pd.Series[str]", facts: Facts) -> Group:
    words, card = wording(champion["family"]), cards.parse(champion["card"])
    days = getattr(facts.parameters.labels, words.window, None)
    models = facts.frames.models
    contest = contest_figure(models, champion)
    figures = (contest, part_figure(card), calibration_figure(card), gain_figure(card, words.event))
    return Group(
        title=words.title,
        text=f"{words.question} Looks {plural(days, 'day')} ahead." if days else words.question,
        figures=tuple(figure for figure in figures if figure is not None),
        facts=model_facts(champion, card),
        note=" ".join(
            sentence(text) for text in (card.decision_in_words, *retries(models, champion), card.caveat) if text
        ),
    )


def retries(models: pd.DataFrame, champion: "pd.Series[str]") -> list[str]:
    """What came of later attempts to replace the champion."""
    later = models[(models["family"] == champion["family"]) & (models["data_cut"] > champion["data_cut"])]
    decisions = {row.data_cut: cards.parse(row.card).decision_in_words for row in rows_of(later)}
    return [f"Tried again on {short_day(pd.Timestamp(cut))}: {words}" for cut, words in decisions.items() if words]


def model_facts(champion: "pd.Series[str]", card: cards.Card) -> tuple[tuple[str, str], ...]:
    rows = number(champion["train_rows"])
    precision, error = card.measured("average_precision").value, card.measured("calibration_error").value
    known: list[tuple[str, str]] = []
    if is_known(precision):
        known.append(("Average precision", decimals(precision)))
    if is_known(error):
        known.append(("Mean error of chances", f"{decimals(100 * error, 1 if error > 0.001 else 2)} percentage points"))
    return (
        ("Method in use", names.candidate(champion["candidate"])),
        *known,
        *((names.part(one.part), names.candidate(one.candidate)) for one in card.parts),
        ("Learned from", plural(rows, "row") if is_known(rows) else "not recorded"),
        ("Knows data before", short_day(pd.Timestamp(champion["data_cut"]))),
        ("Checked on", validation_span(champion["validation_from"], champion["validation_until"])),
        ("Version", str(champion["version"])),
    )


def validation_span(first: date | str, last: date | str) -> str:
    if not (is_known(first) and is_known(last)):
        return "not recorded"
    days = dict.fromkeys(short_day(pd.Timestamp(day)) for day in (first, last))
    return " to ".join(days)


def part_figure(card: cards.Card) -> Figure | None:
    """Recall of the method that serves each part of the recommendations, against the floor."""
    parts = card.parts
    if not parts:
        return None
    frame = pd.DataFrame(
        {
            "label": [names.part(one.part) for one in parts],
            "value": [one.recall.value for one in parts],
            "low": [one.recall.low for one in parts],
            "high": [one.recall.high for one in parts],
            "text": [f"{share(one.recall.value, 1)} · floor {share(one.floor, 1)}" for one in parts],
        }
    )
    rows = tuple(
        (names.part(one.part), names.candidate(one.candidate), share(one.recall.value, 1), span, share(one.floor, 1))
        for one in parts
        for span in (share_range(one.recall.low, one.recall.high) if is_known(one.recall.low) else "not recorded",)
    )
    head = ("Part", "Method", "Recall", "95% interval", "Floor")
    return Figure(
        title="What the lists find",
        text="Recall: of the products bought afterwards, the share that was on the list; with 95% interval.",
        spec=charts.bars_with_range(frame),
        numbers=Table(head, rows, "Recall by part of the recommendations", frozenset({2, 3, 4})),
    )


def calibration_figure(card: cards.Card) -> Figure | None:
    bins = card.calibration
    if bins.empty:
        return None
    return reliability(
        bins,
        title="Are the chances right?",
        text=f"{ON_THE_LINE} {calibration_takeaway(bins)}",
        caption="Predicted and actual rate per group of the check",
    )


def reliability(bins: pd.DataFrame, title: str, text: str, caption: str) -> Figure:
    """bins: predicted, actual, low, high (rates), rows."""
    lines = [
        f"predicted {share(row.predicted, 1)}, happened {share(row.actual, 1)} "
        f"({share_range(row.low, row.high)}), {plural(row.rows, 'row')}"
        for row in rows_of(bins)
    ]
    rows = tuple(
        (share(row.predicted, 1), share(row.actual, 1), share_range(row.low, row.high), count(row.rows))
        for row in rows_of(bins)
    )
    head = ("Predicted", "Happened", "95% interval", "Rows")
    return Figure(
        title=title,
        text=text,
        spec=charts.calibration(bins.assign(text=lines), "predicted", "happened"),
        numbers=Table(head, rows, caption, frozenset({0, 1, 2, 3})),
    )


def calibration_takeaway(bins: pd.DataFrame) -> str:
    inside = int(((bins["low"] <= bins["predicted"]) & (bins["predicted"] <= bins["high"])).sum())
    return f"In {count(inside)} of {plural(len(bins), 'group')} of scores the prediction lies within the 95% interval."


def gain_figure(card: cards.Card, event: str) -> Figure | None:
    curve = card.gain
    if curve.empty:
        return None
    shown = curve.assign(distance=(curve["contacted"] - SHOWN_SHARE).abs()).nsmallest(1, "distance")
    point = next(rows_of(shown))
    best, found = share(point.contacted, 0), share(point.found, 0)
    named = curve.assign(
        text=[f"best {share(row.contacted, 0)}: {share(row.found, 0)} of {event}" for row in rows_of(curve)]
    )
    marked = shown.assign(text=f"best {best}: {found}")
    rows = tuple((share(row.contacted, 0), share(row.found, 0)) for row in rows_of(curve))
    head = ("Best by score", f"Share of all {event}")
    return Figure(
        title="What choosing gains",
        text=f"The best {best} by score hold {found} of all {event}; the dashed line is drawing lots.",
        spec=charts.gain(named, marked, f"share of all {event}"),
        numbers=Table(head, rows, "Gain of choosing by score", frozenset({0, 1})),
    )


def sentence(text: str) -> str:
    """
    >>> sentence("nothing is offered"), sentence("It is chosen.")
    ('nothing is offered.', 'It is chosen.')
    """
    return text if text.endswith((".", "!", "?")) else f"{text}."
