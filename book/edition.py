"""What an edition is, as a type: a name, a format, pages, sheets, words and files. It imports nothing, so that nox can read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Trim:
    """Size of a page after cutting."""

    width_mm: float
    height_mm: float
    bleed_mm: float = 0.0
    """0 to 10: what is printed beyond the cut, on every side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A sheet that an edition is printed on, when its pages are not sheets of their own size."""

    name: str
    """``A4``, ``Letter``; templates and tokens call it so in small letters."""
    suffix: str
    """What follows the edition's own in the name of the file on it: empty, ``-letter``."""
    size: Trim


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """All that an edition is. The table of them is :data:`book.catalogue.EDITIONS`."""

    name: str
    """What ``-e`` takes: ``epub``, ``pdf``, ``html``."""
    format: str
    """Key of :data:`book.catalogue.FORMATS`."""
    suffix: str
    """What follows the slug in the file name, ``.epub``, ``-print.pdf`` …"""
    title: str
    """What readers find it called, in English; a language may have words of its own, ``edition_<name>`` in labels.toml."""
    purpose: str
    """What it is good for, one English sentence for the download page; other languages: ``purpose_<name>``."""
    help: str
    """What ``book build --help`` says of it, without a full stop."""
    template: str
    """The template that its pages begin with, in the folder ``templates`` of a theme."""
    sheets: tuple[str, ...]
    """Style sheets after ``book.css``, lowest first: that of the printed book stands on that of the screen."""
    trim: Trim | None = None
    """Size of its pages, and bleed; ``None`` where the reader's device decides."""
    papers: tuple[Paper, ...] = ()
    """Sheets that it is printed on, each a file; empty: its pages are the sheets."""
    singles: str = ""
    """Folder with one more file for each chapter, on the first paper; empty: none."""
    page: str = ""
    """Which ``[page.…]`` of a theme's tokens has its margins."""
    mode: Literal["light", "print"] = "light"
    """Which of a theme's colours it has. ``print`` is for paper: black alone, and links are written out."""
    facing: bool = False
    """Whether left and right pages differ: chapters open on the right, front matter has roman numbers."""
    least_type: float = 0.0
    """Points: no letter is smaller, and the contrast is that of large print; 0 for all that is not large print."""
    standard: Literal["", "pdf/x-4"] = ""
    """What a printing house wants the file to keep, besides PDF/UA."""
    signature: int = 40
    """Booklets: the most pages that are folded into one another."""

    def path(self, slug: str, paper: Paper | None = None) -> str:
        """Return the name of the file of the book called *slug*, on *paper* where it is printed on several.

        >>> big = Paper(name="Tabloid", suffix="-tabloid", size=Trim(width_mm=279.4, height_mm=431.8))
        >>> Edition(name="a", format="pdf", suffix="-a.pdf", title="", purpose="", help="", template="", sheets=()).path("b", big)
        'b-a-tabloid.pdf'
        """
        before, _, ending = self.suffix.rpartition(".")
        return f"{slug}{before}{paper.suffix if paper else ''}.{ending}"

    def paths(self, slug: str, chapters: Iterable[str]) -> tuple[str, ...]:
        """Return the names of all files of the book called *slug* with these *chapters*, the whole book first."""
        whole = tuple(self.path(slug, paper) for paper in self.papers) or (self.path(slug),)
        return (*whole, *(self.single(chapter) for chapter in chapters)) if self.singles else whole

    def single(self, chapter: str) -> str:
        """Return the name of the file of one chapter, by its slug; only where there are such files."""
        return f"{self.singles}/{chapter}.{self.suffix.rpartition('.')[2]}"

    def paper(self, path: str) -> Paper | None:
        """Return the paper of the file at *path*; ``None`` when its pages are the sheets."""
        stem = path.rpartition(".")[0]
        alternatives = self.papers[1:] if "/" not in path else ()
        return next((paper for paper in alternatives if stem.endswith(paper.suffix)), next(iter(self.papers), None))

    def size(self, path: str) -> Trim | None:
        """Return the size of the pages in the file at *path*, after cutting; ``None`` for an edition without pages."""
        paper = self.paper(path)
        return paper.size if paper else self.trim
