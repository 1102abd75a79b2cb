"""The type of an edition: a name, a format, pages, style sheets, words and files. It imports nothing, so that nox can read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

PAPERS: Mapping[str, int] = {
    "offset-80": 100,
    "offset-90": 112,
    "offset-100": 125,
    "book-80": 144,
    "book-90": 158,
    "coated-115": 92,
    "coated-135": 108,
    "kdp-white": 114,
    "kdp-cream": 127,
    "kdp-colour": 119,
}
"""Paper -> thickness of a sheet in micrometres: weight in g/m² times volume. Offset paper has a volume of 1.25, bulky book paper
one of 1.8 and 1.75, coated paper one of 0.8; those of Kindle Direct Publishing are 0.002252, 0.0025 and 0.002347 in a page."""


class Trim(Struct, frozen=True, kw_only=True):
    """Size of a page after cutting."""

    width_mm: float
    height_mm: float
    bleed_mm: float = 0.0
    """0 to 10: width of the bleed on every side."""


class Paper(Struct, frozen=True, kw_only=True):
    """A sheet on which an edition is printed, if its pages are not sheets of their own size."""

    name: str
    """``A4``, ``Letter``."""
    suffix: str
    """Suffix of the file name for this paper: empty, ``-letter``."""
    size: Trim


class Edition(Struct, frozen=True, kw_only=True):
    """The full description of an edition. The table of editions is :data:`book.catalogue.EDITIONS`."""

    name: str
    """The argument of ``-e``: ``epub``, ``pdf``, ``html``."""
    format: str
    """Key of :data:`book.catalogue.FORMATS`."""
    suffix: str
    """The end of the file name after the slug: ``.epub``, ``-print.pdf`` …"""
    title: str
    """Its name for readers, in English; other languages: ``edition_<name>`` in labels.toml."""
    purpose: str
    """Its purpose, one English sentence for the download page; other languages: ``purpose_<name>``."""
    help: str
    """Its line in ``book build --help``, without a full stop."""
    template: str
    """Its template, in the folder ``templates`` of a theme."""
    sheets: tuple[str, ...]
    """Style sheets after ``book.css``, lowest priority first: that of the printed book extends that of the screen."""
    trim: Trim | None = None
    """Size of its pages, and bleed; ``None`` if the reader's device decides."""
    papers: tuple[Paper, ...] = ()
    """Sheets that it is printed on, one file each; empty: its pages are the sheets."""
    singles: str = ""
    """Folder with an additional file for each chapter, on the first paper; empty: none."""
    page: str = ""
    """Name of the table ``[page.…]`` of a theme's tokens that has its margins."""
    use: Literal["read", "print", "teach"] = "read"
    """The group of the download page in which it stands; a key of labels.toml."""
    mode: Literal["light", "print"] = "light"
    """Which colours of a theme it uses. ``print`` is for paper: black only, and links are written out."""
    facing: bool = False
    """Whether left and right pages differ: chapters open on the right, front matter has roman numbers."""
    of: str = ""
    """Of a cover: the name of the edition around which it is folded. Of a booklet: the name of the edition whose pages stand on its sheets."""
    pages: int = 0
    """Of these two: the number of pages of that edition, if it is made too; 0 if it is not."""
    paper_um: int = PAPERS["offset-80"]
    """Of a cover: thickness of a sheet of that edition, in micrometres."""
    spine_mm: float = 0.0
    """Of a cover: width of its spine; 0 if it follows from the pages and the paper."""
    covered: bool = False
    """Whether its first page is the cover; the cover of a printed book is a sheet of its own."""
    least_type: float = 0.0
    """Smallest size of type in points, for large print, which also has more contrast; 0 for any other edition."""
    isbn: str = ""
    """Its ISBN, if it has one of its own."""
    marks: bool = True
    """For a printing house: whether crop marks surround its pages; without them, those of a text block have no bleed."""
    standard: Literal["", "pdf/x-4"] = ""
    """Standard that a printing house requires, in addition to PDF/UA."""
    signature: int = 32
    """Booklets: most pages of a signature."""

    def path(self, slug: str, paper: Paper | None = None) -> str:
        """Return the name of the file of the book called *slug*, on *paper* if it is printed on several.

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
        """Return the name of the file of one chapter, by its slug; only if the edition has such files."""
        return f"{self.singles}/{chapter}.{self.suffix.rpartition('.')[2]}"

    def paper(self, path: str) -> Paper | None:
        """Return the paper of the file at *path*; ``None`` if its pages are the sheets."""
        stem = path.rpartition(".")[0]
        alternatives = self.papers[1:] if "/" not in path else ()
        return next((paper for paper in alternatives if stem.endswith(paper.suffix)), next(iter(self.papers), None))

    def size(self, path: str) -> Trim | None:
        """Return the size of the pages in the file at *path*, after cutting; ``None`` for an edition without pages."""
        paper = self.paper(path)
        return paper.size if paper else self.trim
