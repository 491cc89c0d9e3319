"""The run report: what it says, that nothing in it can act, and that it copes with days on which little happened."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import vl_convert

from ml import parameters, report
from ml.reporting import charts, words
from ml.reporting.data import read_frame
from ml.reporting.decided import STATUS_TONES
from ml.reporting.facts import by_chance
from ml.reporting.learned import retries
from tests.ml import reported_day
from tests.ml.reported_day import DAY, HOSTILE_TITLE, STATUSES
from warehouse import settings, tables
from warehouse.errors import NotAvailable

MEBIBYTE = 2**20
ORDER = [
    "decided",
    "campaigns",
    "frontier",
    "examples",
    "influences",
    "models",
    "selection",
    "outcomes",
    "recommendations",
    "monitoring",
    "earned",
    "results",
    "gates",
    "drift",
    "times",
    "caveats",
]


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text of scripts, cells and terms."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open and data.strip():
            self.texts.append((self.open[-1], data.strip()))

    def texts_of(self, tag: str) -> list[str]:
        return [text for owner, text in self.texts if owner == tag]

    def attributes_of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def section(page: str, anchor: str) -> str:
    return re.search(rf'<section id="{anchor}".*?</section>', page, re.DOTALL)[0]


def plain(markup: str) -> str:
    """The words of a piece of markup, between single spaces."""
    return " ".join(re.sub(r"<[^>]*>", " ", markup).split())


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        reported_day.build(tmp_path_factory.mktemp("reported"), monkeypatch)
        yield report.run(DAY)


@pytest.fixture(scope="module")
def page(reported: Path) -> str:
    return reported.read_text()


@pytest.fixture(scope="module")
def elements(page: str) -> Elements:
    return Elements(page)


@pytest.fixture(scope="module")
def quiet_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    with pytest.MonkeyPatch.context() as monkeypatch:
        reported_day.build_quiet(tmp_path_factory.mktemp("quiet"), monkeypatch)
        return report.run(DAY).read_text()


def test_a_day_decided_by_effects_tells_the_extra_margin_with_its_range(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported_day.build(tmp_path, monkeypatch)
    reported_day.learn_effects()
    told = plain(report.run(DAY).read_text())
    given = len(reported_day.user_promotions())
    kept = 1 - parameters.load().decide.pull_forward_rate
    extra = words.money(0.2 * given, "USD")
    between = words.money_range((0.2 - 0.5 * kept) * given, (0.2 + kept) * given, "USD")
    assert f"Showing them is expected to be worth {extra} ({between})" in told
    assert "would have come without any offer is not known" not in told
    assert "had not seen, one chosen like this earned $0.10 (95% interval −$0.05 to $0.25)" in told
    assert "Randomised" in told


def test_what_is_pulled_forward_is_told_as_assumed_or_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reported_day.build(tmp_path, monkeypatch)
    reported_day.learn_effects()
    assumed = words.share(parameters.load().decide.pull_forward_rate)
    assert f"{assumed} (assumed)" in plain(report.run(DAY).read_text())
    known = {"rate": 0.35, "measured_low": 0.3, "measured_high": 0.5}
    reported_day.write("ml.pull_forward", pd.DataFrame([known | {"basis": "measured", "day": DAY}]))
    told = plain(report.run(DAY).read_text())
    rate, low, high = (words.share(known[name]) for name in ("rate", "measured_low", "measured_high"))
    assert f"{rate} (measured between {low} and {high}, drawn toward what was assumed)" in told
    assert f"{assumed} (assumed)" not in told
    given = len(reported_day.user_promotions())
    assert words.money_range((0.2 - 0.5 * 0.65) * given, (0.2 + 0.65) * given, "USD") in told


def test_tells_the_whole_story_in_order(page: str) -> None:
    assert re.findall(r'<section id="(\w+)"', page) == ORDER
    assert re.findall(r'<div class="rail"><ol>(.*?)</ol>', page, re.DOTALL)[0].count("<li>") == len(ORDER)


def test_is_one_file_of_reasonable_size(reported: Path) -> None:
    assert [file.name for file in reported.parent.iterdir()] == ["index.html"]
    assert reported == settings.load().reports / str(DAY) / "index.html"
    assert reported.stat().st_size < 3 * MEBIBYTE


def test_asks_the_network_for_nothing(page: str, elements: Elements) -> None:
    addresses = [
        value
        for _, attributes in elements.tags
        for name, value in attributes.items()
        if name in ("src", "href", "action")
    ]
    assert {address for address in addresses if not address.startswith("#")} == {"data:,"}
    assert not elements.attributes_of("iframe") + elements.attributes_of("img")
    style = "".join(elements.texts_of("style"))
    assert "url(" not in style
    assert "@import" not in style


def test_browser_is_told_to_refuse_everything_else(elements: Elements) -> None:
    (policy,) = [meta["content"] for meta in elements.attributes_of("meta") if "http-equiv" in meta]
    assert policy.startswith("default-src 'none';")
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    scripts = re.findall(
        r"<script>(.*?)</script>", (settings.load().reports / str(DAY) / "index.html").read_text(), re.DOTALL
    )
    assert {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts} == allowed


def test_titles_cannot_act(page: str) -> None:
    assert HOSTILE_TITLE not in page
    assert "<script>alert" not in page
    assert "Save $1.00 on &lt;script&gt;alert(&#39;cheese&#39;)&lt;/script&gt; &amp; more" in page
    island = re.search(r'<script type="application/json" id="charts">(.*?)</script>', page, re.DOTALL)[1]
    assert "<" not in island
    assert "<script>alert" in json.dumps(json.loads(island))


def test_tells_what_was_earned_with_its_range_and_what_cannot_be_told(page: str) -> None:
    earned = plain(section(page, "earned"))
    assert "Since the start $1,900 of extra margin after discounts (95% interval $1,200 to $2,600)" in earned
    assert "clearly more than nothing" in earned
    assert "cannot be told: 31 effective units are fewer than 100" in earned
    results = plain(section(page, "results"))
    assert (
        "for 2 campaigns chance drew who was shown it: 2 clearly earned more than they cost, 0 clearly less" in results
    )
    assert "$300.00 ($120.00 to $480.00)" in results
    assert "not measured" in results  # what was brought forward, while the days after are not over
    assert "Flash sale, drawn by the shop" in results


def test_watches_running_campaigns_and_names_the_stages_of_their_life(page: str) -> None:
    watched = plain(section(page, "monitoring"))
    assert "1 campaign watched: 1 alert" in watched
    assert "Uses cost more. $700.00 instead of $500.00." in watched
    for stage in ("execute", "monitor", "evaluate: evaluated", "python -m ml plan"):
        assert stage in watched


def test_every_known_customer_is_counted_once(page: str) -> None:
    known = sum(STATUSES.values())
    assert f"{known} customers, each counted once" in page
    for status, label in {"offered": "Offered", "holdout": "Held out for comparison"}.items():
        row = words.rate(STATUSES[status], known)
        assert f"{label} {STATUSES[status]} ({row})" in plain(page)


def test_sums_are_those_of_the_assignments(page: str) -> None:
    given = reported_day.assignments().query("arm != 'holdout'")
    assert f"Offers made {len(given):,}" in plain(page)
    assert f"Planned cost {words.money(given['expected_cost'].sum(), 'USD')}" in plain(page)
    assert f"Expected margin {words.money(given['expected_margin'].sum(), 'USD')}" in plain(page)


def test_range_by_chance_is_that_of_independent_responses() -> None:
    known = by_chance(value=0.25 * 8, variance=0.25 * 0.75 * 8**2, confidence=0.95)
    assert known.high - known.value == pytest.approx(1.959964 * (0.25 * 0.75) ** 0.5 * 8)


def test_variance_of_a_campaign_is_that_of_its_offers(page: str) -> None:
    given = reported_day.assignments().query("arm != 'holdout'")
    margin_when_used = given["expected_margin"] / given["propensity"]
    spread = given["propensity"] * (1 - given["propensity"]) * margin_when_used**2
    campaigns = read_frame("campaigns", DAY, 10).set_index("campaign_id")
    expected = spread.groupby(given["campaign_id"]).sum()
    assert campaigns["margin_variance"].to_dict() == pytest.approx(expected.to_dict(), rel=1e-3)


def test_budgets_add_up(page: str) -> None:
    given = reported_day.assignments().query("arm != 'holdout' and campaign_id == '15'")
    budget, used = reported_day.CAMPAIGNS["15"]
    cost = given["expected_cost"].sum()
    left = budget - used - 40 - cost
    amounts = " ".join(words.money(amount, "USD") for amount in (budget, used, 40, cost, left))
    assert f"Campaign 15 {amounts}" in plain(section(page, "campaigns"))
    assert "Purple: kept for offers of earlier days." in section(page, "campaigns")


def test_says_what_is_not_known(page: str) -> None:
    assert "would have come without any offer is not known" in plain(page)
    assert "Expected uplift is not known" in plain(section(page, "caveats"))
    assert "Observational" in plain(section(page, "caveats"))
    assert "Observational" in plain(section(page, "results"))
    assert "no rows of: competitor prices and stock" in plain(section(page, "caveats"))


def test_margins_are_labelled_as_resting_on_an_assumption(page: str, elements: Elements) -> None:
    heads = [text for text in elements.texts_of("th") + elements.texts_of("dt") if "margin" in text.lower()]
    assert len(heads) > 10
    labelled = {text for text in heads if "assumed" in text}
    assert set(heads) - labelled == {"Expected margin"}  # the tile, which carries the label beneath its number
    assert "Assumption margin is 25% of net sales where cost is unknown" in plain(page.split("</dl>")[0])
    for figure in re.findall(r"<figure.*?</figure>", page, re.DOTALL):
        if "margin" in re.search(r"<h3>(.*?)</h3>", figure + "<h3></h3>")[1].lower():
            assert "Assumption" in plain(figure)


def test_ten_examples_of_different_customers_from_every_campaign(page: str) -> None:
    heads = re.findall(r'<p class="customer">Customer (\d+) · campaign (\d+)', page)
    assert len(heads) == parameters.load().report.examples
    assert len({customer for customer, _ in heads}) == len(heads)
    assert {campaign for _, campaign in heads} == set(reported_day.CAMPAIGNS)
    assert "bought frozen pizza 6 times in the last 90 days" in section(page, "examples")


def test_models_are_shown_against_their_floor_with_interval(page: str) -> None:
    models = plain(section(page, "models"))
    assert "coupon use, per campaign AUC 0.823 (floor 0.610)" in models
    assert "0.803 to 0.841" in models
    assert "0.5 is a coin toss" in models
    assert "Learned from offers the shop chose to send; not a randomised test." in models
    assert "Average precision 0.523" in models
    assert "Mean error of chances 0.6 percentage points" in models


def test_recommenders_are_shown_part_by_part(page: str) -> None:
    models = plain(section(page, "models"))
    assert "products to recommend recall 0.195 (floor 0.094)" in models
    assert "Never bought before EASE, a linear model 5.5% 4.9% to 6.1% 3.1%" in models


def test_later_attempts_to_replace_a_champion_are_told() -> None:
    cuts = [DAY - timedelta(days=7), DAY]
    card = json.dumps({"decision": "lightgbm does not beat rate_by_rule."})
    models = pd.DataFrame({"family": "purchase", "data_cut": cuts, "card": ["{}", card]})
    assert retries(models, models.iloc[0]) == ["Tried again on 27 Nov 2017: Boosted trees does not beat a simple rule."]
    assert retries(models, models.iloc[1]) == []


def test_dots_stand_for_everybody(page: str) -> None:
    opening = re.search(r'<figure class="people">.*?</figure>', page, re.DOTALL)[0]
    assert "One dot is about 2 customers" in opening
    tones = re.findall(r'<i class="(\w+)"></i>', opening)
    assert {tone: tones.count(tone) for tone in set(tones)} == {
        STATUS_TONES[status]: round(customers / 2) for status, customers in STATUSES.items()
    }


def test_stages_are_in_the_order_in_which_they_run(page: str) -> None:
    times = section(page, "times")
    stages = re.findall(r'<td role="cell" data-label="Stage" class=""><span>(.*?)</span>', times)
    expected = ["ingest", "validate raw", "stage", "features", "validate features", "train", "score"]
    assert stages[: len(expected)] == expected
    assert "report" not in stages
    whole = words.duration(reported_day.stages().query("stage != 'report'")["seconds"].sum())
    assert f"{whole} in all, longest “train” (1 min 38 s); no stage held more than 1.4 GiB" in plain(times)


def test_failed_rules_are_in_the_open(page: str) -> None:
    gates = section(page, "gates")
    before_folded = plain(gates.split("<details")[0])
    assert "47 of 48 rules held; 0 critical failures and 1 warning." in before_folded
    assert "F07 Share of missing values stays below the limit Warning Features order_items 12.1 %" in before_folded


def test_every_chart_has_words_and_numbers(page: str, elements: Elements) -> None:
    pictures = re.findall(r'<div class="picture" role="img" aria-label="([^"]+)"><div class="chart"', page)
    assert len(pictures) == page.count('class="chart"') > 20
    assert all(len(words_of_picture) > 30 for words_of_picture in pictures)
    figures = [text for text in re.findall(r"<figure.*?</figure>", page, re.DOTALL) if 'class="chart"' in text]
    assert all("<caption>" in figure and 'scope="col"' in figure for figure in figures)


def test_every_chart_compiles(page: str) -> None:
    island = re.search(r'<script type="application/json" id="charts">(.*?)</script>', page, re.DOTALL)[1]
    for name, spec in json.loads(island).items():
        assert vl_convert.vegalite_to_vega({**spec, "width": 300})["marks"], name


def test_same_day_gives_the_same_bytes_but_for_durations(reported: Path, page: str) -> None:
    slower = reported_day.stages().assign(day=DAY, run_id=reported_day.RUN, seconds=7.0)
    before = tables.read("select * from ml.run_stages")
    tables.replace_day("ml.run_stages", DAY, slower)
    again = report.run(DAY).read_text()
    tables.replace_day("ml.run_stages", DAY, before)
    assert again != page
    assert without_times(again) == without_times(page)
    assert report.run(DAY).read_text() == page


def without_times(page: str) -> str:
    """The page without the part marked as varying and the charts placed in it."""
    varying = re.search(r'<section id="times" data-varies="true">.*?</section>', page, re.DOTALL)[0]
    rest = page.replace(varying, "")
    for name in re.findall(r'id="(chart-\d+)"', varying):
        rest = re.sub(rf'"{name}":{{.*?(?="chart-|</script>)', "", rest)
    return rest


def test_broken_run_leaves_the_old_report(reported: Path, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        report.run(DAY)
    assert reported.read_text() == page


def refuse(*_: Any) -> None:
    raise OSError("disk full")


def test_day_without_decisions_is_one_clear_sentence(reported: Path) -> None:
    with pytest.raises(NotAvailable, match=r"no decisions for 2017-11-26 .* --day 2017-11-26"):
        report.run(DAY.replace(day=26))
    assert not (reported.parents[1] / "2017-11-26").exists()


def test_without_marts_one_clear_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    reported_day.write("ml.decisions", reported_day.decisions().assign(day=DAY, run_id=reported_day.RUN))
    with pytest.raises(NotAvailable, match="no marts to report on yet"):
        report.run(DAY)


@pytest.mark.parametrize(
    ("anchor", "sentence"),
    [
        ("decided", "Nobody gets an offer today: none of 500 customers passed every limit."),
        ("campaigns", "No campaign is running today"),
        ("examples", "Not available because no promotion"),
        ("influences", "Not available because no learned model decides"),
        ("models", "0 of 1 model in use beat their floor: next purchase not judged yet."),
        ("selection", "Not available because no training has cut folds of time yet."),
        ("outcomes", "Not available yet"),
        ("recommendations", "Not available because no product"),
        ("results", "Not available because no campaign"),
        ("gates", "Not available because no gate"),
        ("drift", "Not available because there is no earlier run"),
        ("times", "Not available because no stage"),
    ],
)
def test_quiet_day_says_what_is_missing(quiet_page: str, anchor: str, sentence: str) -> None:
    assert sentence in plain(section(quiet_page, anchor))


def test_quiet_day_makes_no_number_up(quiet_page: str) -> None:
    shown = plain(re.sub(r"<(script|style).*?</\1>", " ", quiet_page, flags=re.DOTALL))
    assert not re.findall(r"\b(nan|None|inf|NaT|<NA>)\b", shown)
    assert "0 of 500 known customers (0%) get 0 offers today" in shown
    assert "Run not recorded" in shown


def test_full_day_shows_no_missing_value_as_a_number(page: str) -> None:
    shown = plain(re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL))
    assert not re.findall(r"\b(nan|None|inf|NaT)\b", shown)


def test_every_parameter_has_its_reason() -> None:
    reasons = report.read_reasons()
    assert reasons["report.examples"].endswith(".")
    assert set(reasons) > {"shop.default_margin_rate", "decide.default_campaign_budget"}


def test_calibration_axes_reach_the_largest_rate() -> None:
    bins = pd.DataFrame({"predicted": [0.001, 0.02], "actual": [0.0, 0.03], "low": [0, 0.01], "high": [0.004, 0.06]})
    spec = charts.calibration(bins.assign(text=""), "predicted", "happened")
    scales = [layer["encoding"][axis]["scale"] for layer in spec["layer"][1:] for axis in ("x", "y")]
    assert [scale["domain"] for scale in scales] == [[0, 0.06]] * 4


def test_the_frontier_names_the_points_and_the_one_decided_by(page: str) -> None:
    words = plain(section(page, "frontier"))
    assert "Decided for “profit”" in words
    assert "other weights 75% and other rules 40% come into reach" in words
    assert "Computed on 100 customers, 20%" in words
    assert "generous $80.00 $60.00" in words


def test_a_day_without_a_frontier_says_so(quiet_page: str) -> None:
    assert "no frontier was computed" in plain(section(quiet_page, "frontier"))


def test_features_that_count_are_shown_with_what_a_third_costs(page: str) -> None:
    told = plain(section(page, "selection"))
    assert "3 of 4 features survive; with the best third alone AUC is 0.810 instead of 0.820" in told
    assert "loss 0.004 to 0.016; by lot 0.700" in told
    assert "days since last order" in told


def test_what_the_decisions_rest_on_is_told_in_words_with_amounts_and_direction(page: str) -> None:
    told = plain(section(page, "influences"))
    assert "Most of all: habit number 1 in the last 90 days, habit number 2 in the last 90 days" in told
    assert "which decides because nobody drew lots over offers yet" in told
    assert "0.500 0.450 to 0.550 more speaks against" in told
    assert "percentage points of the chance of use: the mean over 5,000 pairs" in told
    assert "2 more, which move less" in told
