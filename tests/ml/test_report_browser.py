"""The report in a real browser: it draws, asks for nothing, fits wide and narrow screens, and can be read."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml import report
from tests.ml import reported_day
from tests.ml.headless_browser import Page, browsing, find_browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_browser() is None, reason="no Chromium on this machine (Debian: apt install chromium)"),
]
DESKTOP, PHONE = 1280, 390
FEWEST_CHARTS = 20

# Words of a picture that stick out of it, or lie on other words of it, by more than the pixel that rounding may cost.
CUT_WORDS = """
[...document.querySelectorAll('.chart svg')].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(text => text.textContent && text.getAttribute('opacity') !== '0')
    .filter(text => {
      const box = text.getBoundingClientRect();
      return box.left < frame.left - 1 || box.right > frame.right + 1
        || box.bottom > frame.bottom + 1 || box.top < frame.top - 1;
    }).map(text => `${svg.closest('.chart').id}: ${text.textContent}`);
})
"""
OVERLAPPING_WORDS = """
[...document.querySelectorAll('.chart svg')].flatMap(svg => {
  const boxes = [...svg.querySelectorAll('text')]
    .filter(text => text.textContent && text.getAttribute('opacity') !== '0')
    .map(text => [text.textContent, text.getBoundingClientRect()]);
  return boxes.flatMap(([first, a], place) => boxes.slice(place + 1)
    .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
    .map(([second]) => `${svg.closest('.chart').id}: ${first} / ${second}`));
})
"""
SIZES = "[...document.querySelectorAll('.chart svg')].map(svg => [svg.clientWidth, svg.clientHeight])"
STICKS_OUT = """
[...document.querySelectorAll('main *')]
  .filter(it => it.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !it.closest('thead'))
  .map(it => `${it.tagName} ${it.className} ${it.textContent.slice(0, 40)}`)
"""
# Cells that reach out of their figure, over its neighbour; on a telephone heads are there for those who listen only.
CELLS_OUTSIDE = """
[...document.querySelectorAll('figure')].flatMap(figure => [...figure.querySelectorAll('td, th')]
  .filter(cell => getComputedStyle(cell.closest('thead, tbody')).position !== 'absolute')
  .filter(cell => cell.getBoundingClientRect().right > figure.getBoundingClientRect().right + 1)
  .map(cell => `${figure.querySelector('h3').textContent}: ${cell.textContent}`))
"""
# WCAG 2.1: 4.5 for text, 3 for large text.
PALE_TEXT = """
(() => {
  const parse = colour => colour.match(/[\\d.]+/g).map(Number);
  const linear = part => (part /= 255) <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = it => {
    for (; it; it = it.parentElement) {
      const parts = parse(getComputedStyle(it).backgroundColor);
      if (parts.length < 4 || parts[3] === 1) return parts;
    }
    return [255, 255, 255];
  };
  const contrast = (a, b) => {
    const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const texts = [...document.querySelectorAll('body *')].filter(it => !it.closest('script, style, noscript') &&
    [...it.childNodes].some(child => child.nodeType === 3 && child.textContent.trim()));
  return texts.map(it => {
    const style = getComputedStyle(it), inPicture = it.closest('svg');
    const value = contrast(parse(inPicture ? style.fill : style.color), behind(it));
    const least = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
    return value < least ? `${value.toFixed(2)} ${it.tagName} ${it.textContent.slice(0, 30)}` : '';
  }).filter(Boolean);
})()
"""


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        reported_day.build(tmp_path_factory.mktemp("reported"), monkeypatch)
        yield report.run(reported_day.DAY)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    program = find_browser()
    assert program is not None
    with browsing(program, tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def page(browser: Page) -> Page:
    browser.complaints.clear()
    browser.requests.clear()
    return browser


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_draws_every_chart_and_asks_for_nothing(page: Page, reported: Path, width: int) -> None:
    page.open(reported, width)
    sizes = page.ask(SIZES)
    assert len(sizes) == page.ask("document.querySelectorAll('.chart').length") > FEWEST_CHARTS
    assert all(wide > 150 and high > 60 for wide, high in sizes)
    assert {address for address in page.requests if not address.startswith("data:")} == {reported.as_uri()}
    assert page.complaints == []


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_fits_the_screen_with_everything_unfolded(page: Page, reported: Path, width: int) -> None:
    page.open(reported, width)
    page.ask("document.querySelectorAll('details').forEach(it => { it.open = true })")
    assert page.ask("document.documentElement.scrollWidth") == width
    assert page.ask(STICKS_OUT) == []
    assert page.ask(CELLS_OUTSIDE) == []


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_no_word_in_a_picture_is_cut_or_covered(page: Page, reported: Path, width: int) -> None:
    page.open(reported, width)
    assert page.ask(CUT_WORDS) == []
    assert page.ask(OVERLAPPING_WORDS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_can_be_read_in_every_light(page: Page, reported: Path, scheme: str) -> None:
    page.open(reported, DESKTOP, scheme=scheme)
    page.ask("document.querySelectorAll('details').forEach(it => { it.open = true })")
    assert page.ask(PALE_TEXT) == []


def test_takes_its_colours_from_the_reader_s_choice(page: Page, reported: Path) -> None:
    page.open(reported, DESKTOP, scheme="dark")
    dark = page.ask("getComputedStyle(document.body).backgroundColor")
    page.open(reported, DESKTOP, scheme="light")
    assert dark != page.ask("getComputedStyle(document.body).backgroundColor")


def test_pictures_have_a_name_for_those_who_do_not_see_them(page: Page, reported: Path) -> None:
    page.open(reported, DESKTOP)
    names = page.ask("[...document.querySelectorAll('[role=img]')].map(it => it.ariaLabel)")
    assert len(names) > FEWEST_CHARTS
    assert not [name for name in names if name in (None, "", "Vega visualization")]


def test_first_key_leads_past_the_contents(page: Page, reported: Path) -> None:
    page.open(reported, DESKTOP)
    for kind in ("keyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    assert page.ask("document.activeElement.textContent") == "Skip to the content"
    assert page.ask("document.activeElement.getBoundingClientRect().left") >= 0


def test_hostile_title_is_only_words(page: Page, reported: Path) -> None:
    page.open(reported, DESKTOP)
    titles = page.ask("[...document.querySelectorAll('.promotions h3')].map(it => it.textContent)")
    assert reported_day.HOSTILE_TITLE in titles


def test_a_day_on_which_nothing_ran_is_readable_too(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported_day.build_quiet(tmp_path, monkeypatch)
    page.open(report.run(reported_day.DAY), PHONE)
    assert page.complaints == []
    assert page.ask("document.documentElement.scrollWidth") == PHONE
    shutil.rmtree(tmp_path)
