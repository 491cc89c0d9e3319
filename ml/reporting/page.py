"""What the page is made of, and the one file it becomes."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import vl_convert

TEMPLATES = Path(__file__).with_name("templates")
Spec = dict[str, Any]


@dataclass(frozen=True)
class Mark:
    """A word in a table cell that carries a judgement: tone is good, bad, warn or quiet."""

    text: str
    tone: str


@dataclass(frozen=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str | Mark, ...], ...]
    caption: str
    numeric: frozenset[int] = frozenset()
    kind: str = "table"


@dataclass(frozen=True)
class Folded:
    """A table that stays closed until somebody asks for it."""

    title: str
    table: Table
    kind: str = "folded"


@dataclass(frozen=True)
class Figure:
    """A chart in words, picture and numbers, so that no reader depends on the picture."""

    title: str
    text: str
    spec: Spec
    numbers: Table
    note: str = ""
    is_assumption: bool = False
    is_wide: bool = False
    kind: str = "figure"


@dataclass(frozen=True)
class Part:
    """A share of things that are counted: its name, what is written beside it, how many dots stand for it."""

    name: str
    text: str
    dots: int
    tone: str


@dataclass(frozen=True)
class Dots:
    """Things counted as dots, so that a share can be seen without reading; the words beside them carry the numbers."""

    title: str
    text: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class DotRows:
    """Dots in rows that are named."""

    title: str
    text: str
    rows: tuple[tuple[str, str, tuple[Part, ...]], ...]
    kind: str = "dot_rows"


@dataclass(frozen=True)
class Promotion:
    customer: str
    title: str
    figures: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    mark: Mark | None = None


@dataclass(frozen=True)
class Promotions:
    items: tuple[Promotion, ...]
    kind: str = "promotions"


@dataclass(frozen=True)
class Note:
    text: str
    label: str = ""
    kind: str = "note"


@dataclass(frozen=True)
class Group:
    """Figures that belong together, such as those of one model."""

    title: str
    text: str
    figures: tuple[Figure, ...]
    facts: tuple[tuple[str, str], ...] = ()
    note: str = ""
    kind: str = "group"


Block = Table | Folded | Figure | DotRows | Promotions | Note | Group


@dataclass(frozen=True)
class Section:
    anchor: str
    title: str
    takeaway: str
    blocks: tuple[Block, ...] = ()
    explanation: str = ""
    varies: bool = False

    @property
    def narrow_count(self) -> int:
        """How many blocks share a line with others."""
        return sum(isinstance(block, Figure) and not block.is_wide for block in self.blocks)


@dataclass(frozen=True)
class Tile:
    label: str
    value: str
    detail: str
    tone: str = ""
    assumption: str = ""


@dataclass(frozen=True)
class Report:
    title: str
    subtitle: str
    summary: tuple[str, ...]
    people: Dots
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    provenance: tuple[tuple[str, str], ...]
    eyebrow: str = "Promolift · run report"


@dataclass
class Charts:
    """Chart specifications in the order in which the template places them."""

    specs: dict[str, Spec] = field(default_factory=dict)

    def place(self, spec: Spec) -> str:
        name = f"chart-{len(self.specs) + 1}"
        self.specs[name] = spec
        return name

    def as_json(self) -> str:
        # a closing tag inside a title would end the script element early
        return json.dumps(self.specs, sort_keys=True, separators=(",", ":")).replace("<", "\\u003c")


@lru_cache
def chart_library() -> str:
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


def fingerprint(script: str) -> str:
    """What a content security policy calls the hash of a script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(report: Report) -> str:
    """The page as one self-contained HTML text; the same report gives the same bytes."""
    scripts = [chart_library(), (TEMPLATES / "charts.js").read_text()]
    return (
        environment()
        .get_template("page.html")
        .render(
            report=report,
            charts=Charts(),
            style=(TEMPLATES / "style.css").read_text(),
            scripts=scripts,
            fingerprints=[fingerprint(script) for script in scripts],
        )
    )
