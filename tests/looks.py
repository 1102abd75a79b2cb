"""What can be measured of how pages look: a table of every paged edition in every theme (the nox session `looks`).

    python -m tests.looks [--book BOOK] [--out OUT] [--theme THEME …] [EDITION …]

Builds BOOK (content/) with each theme and writes the table to OUT/looks.md (build/looks.md), with the reason for each white page below it.
The figures are those of the builds' reports, but for those of facing pages, which are measured in the PDF.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct

from book import press, theme
from book.catalogue import EDITIONS
from book.edition import Edition
from book.paged import coverage, on_paper
from tests import facing_pages

ROOT = Path(__file__).resolve().parent.parent
THEMES = ("folio", "field", "almanac")
HEAD = (
    "edition",
    "theme",
    "pages",
    "word space (pt)",
    "over 5 pt (%)",
    "over 6 pt (%)",
    "hyphens (%)",
    "off the grid",
    "level pairs",
    "white pages",
    "short ends",
)
WHITE_PAGE, SHORT_PAGE = "E127", "E128"
"""Codes of pages with four or more empty lines before their chapter ends, and of chapters that end with fewer than five lines."""


class Look(Struct, frozen=True, kw_only=True):
    """The figures of one edition in one theme."""

    edition: str
    theme: str
    pages: int
    evenness: Mapping[str, float]
    """As in report.json; empty without justified lines."""
    level: tuple[int, int] = (0, 0)
    """How many pairs of facing pages end on the same line, and how many pairs there are."""
    white: int
    short: int
    told: tuple[str, ...] = ()
    """What the report says of each white page and each short end."""

    @property
    def cells(self) -> tuple[str, ...]:
        """Its row of the table."""
        even = self.evenness
        spaces: tuple[str, ...] = ("",) * 4
        if even.get("justified"):
            shares = (
                even["over_5"] / even["justified"],
                even["over_6"] / even["justified"],
                even["hyphens"] / even["lines"],
            )
            spaces = (f"{even['gaps'] / even['justified']:.2f}", *(f"{100 * share:.1f}" for share in shares))
        return (
            self.edition,
            self.theme,
            str(self.pages),
            *spaces,
            f"{even.get('stray', 0)}",
            f"{self.level[0]} of {self.level[1]} ({100 * self.level[0] / self.level[1]:.0f} %)"
            if self.level[1]
            else "",
            str(self.white),
            str(self.short),
        )


def look(report: Mapping[str, Any], edition: str, theme_name: str, out: Path) -> Look:
    """Return the figures of *edition* in the *report* of a build into *out* with a theme."""
    work = next(work for work in report["works"] if work["edition"] == edition)
    problems = [problem for problem in report["problems"] if problem["edition"] == edition]
    codes = [problem["code"] for problem in problems]
    return Look(
        edition=edition,
        theme=theme_name,
        pages=work["pages"] or 0,
        evenness=work["evenness"] or {},
        level=levelled(out / work["path"], EDITIONS[edition], theme_name)
        if (EDITIONS[edition].format, EDITIONS[edition].facing) == ("pdf", True)
        else (0, 0),
        white=codes.count(WHITE_PAGE),
        short=codes.count(SHORT_PAGE),
        told=tuple(problem["message"] for problem in problems if problem["code"] in (WHITE_PAGE, SHORT_PAGE)),
    )


def levelled(path: Path, edition: Edition, theme_name: str) -> tuple[int, int]:
    """Return how many pairs of facing pages in the PDF at *path* end on the same line, and how many pairs there are."""
    tokens = theme.load(theme_name).for_edition(edition).tokens
    margin, lead = (
        on_paper.points(text) or 0.0 for text in (tokens["page"]["screen"]["bottom"], tokens["type"]["lead"])
    )
    return facing_pages.level(facing_pages.feet(path, margin), lead)


def table(looks: Iterable[Look]) -> str:
    """Return *looks* as a Markdown table."""
    rows = (HEAD, ("---",) * len(HEAD), *(figures.cells for figures in looks))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main(words: Sequence[str]) -> int:
    """Build, measure, and write the table."""
    paged = [edition.name for edition in EDITIONS.values() if coverage.paged(edition)]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("editions", nargs="*", metavar="EDITION", help=f"of {', '.join(paged)} (all)")
    parser.add_argument("--book", type=Path, default=ROOT / "content", help="the book (content/)")
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="folder of the table (build/)")
    parser.add_argument("--theme", nargs="+", dest="themes", default=THEMES, help="the themes (all three)")
    options = parser.parse_args(words)
    looks: list[Look] = []
    with TemporaryDirectory() as folder:
        for name in options.themes:
            out = Path(folder) / "out"  # the same for all themes: what does not depend on them is made once
            result = press.build(options.book, out, editions=options.editions or paged, theme_name=name)
            if result.status == 1:
                print(*result.report.problems, sep="\n", file=sys.stderr)
                return 1
            report = json.loads((out / "report.json").read_text("utf-8"))
            looks += [look(report, edition, name, out) for edition in options.editions or paged]
    options.out.mkdir(parents=True, exist_ok=True)
    told = "".join(f"- {line}\n" for figures in looks for line in figures.told)
    (options.out / "looks.md").write_text(f"{table(looks)}\n{told}", encoding="utf-8")
    print(table(looks), told, sep="\n", end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
