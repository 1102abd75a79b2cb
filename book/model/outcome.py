"""The result of a build: files, checks, and the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from book.edition import Trim
from book.model.book import PageMap
from book.model.manuscripts import Change
from book.problems import Problem


class Evenness(Struct, frozen=True, kw_only=True):
    """How even the justified lines of some pages are; the figures of several chapters add up."""

    lines: int = 0
    """Number of lines of justified paragraphs."""
    justified: int = 0
    """Number of those that are justified: not the last ones of their paragraphs, and not those that fit by themselves."""
    gaps: float = 0.0
    """Sum of the widths of the word spaces of justified lines, one for each line, in points."""
    over_5: int = 0
    """Number of justified lines with spaces wider than 5 points."""
    over_6: int = 0
    """Number of justified lines with spaces wider than 6 points."""
    hyphens: int = 0
    """Number of lines that end in a hyphen which the author did not write."""
    stray: int = 0
    """Number of lines of running text that are not one lead below the line before them in their paragraph."""

    def __add__(self, other: Evenness) -> Evenness:
        return Evenness(
            lines=self.lines + other.lines,
            justified=self.justified + other.justified,
            gaps=round(self.gaps + other.gaps, 3),
            over_5=self.over_5 + other.over_5,
            over_6=self.over_6 + other.over_6,
            hyphens=self.hyphens + other.hyphens,
            stray=self.stray + other.stray,
        )

    @property
    def words(self) -> str:
        """The figures in words; empty without justified lines.

        >>> Evenness(lines=1300, justified=1000, gaps=3100.0, over_5=25, over_6=4, hyphens=56).words
        'word space 3.10 pt, over 5 pt 2.5 %, over 6 pt 0.4 %, hyphens 4.3 %'
        """
        if not self.justified:
            return ""
        loose, very_loose = 100 * self.over_5 / self.justified, 100 * self.over_6 / self.justified
        return (
            f"word space {self.gaps / self.justified:.2f} pt, over 5 pt {loose:.1f} %, over 6 pt {very_loose:.1f} %, "
            f"hyphens {100 * self.hyphens / self.lines:.1f} %"
        )


class Made(Struct, frozen=True, kw_only=True):
    """The result of a format."""

    files: Mapping[str, bytes]
    """File name -> bytes."""
    problems: tuple[Problem, ...] = ()
    pages: PageMap = ()
    """For a paged edition: the page map."""
    evenness: Evenness = Evenness()
    """For a paged edition: how even its lines are."""
    sheet: Trim | None = None
    """Size of the sheet after cutting, if that of the edition does not give it: of a cover with its spine."""
    remark: str = ""
    """What a printing house has to know of its first file."""


class Work(Struct, frozen=True, kw_only=True):
    """One finished file."""

    edition: str
    path: str
    """File name in the output folder."""
    bytes: int
    digest: str
    """SHA-256, 64 hexadecimal digits."""
    pages: int | None = None
    """Number of pages; ``None`` for an edition without pages."""
    words: int | None = None
    sheet: Trim | None = None
    """Size of its pages after cutting, or of its sheets, according to its edition; ``None`` for a file without pages."""
    made_from: str = ""
    """Digest of the text, sizes and page numbers that it was made from (:func:`book.standing.made_from`)."""
    evenness: Evenness = Evenness()
    """How even its lines are, for the whole book on its first paper size; without lines for any other file."""
    remark: str = ""
    """What a printing house has to know: of a cover, how wide its spine is."""


class NotMade(Struct, frozen=True, kw_only=True):
    """A requested file that was not made because it would have been wrong; `report.json` lists it with the status ``not made``."""

    edition: str
    path: str
    """The file name that it would have had."""
    reason: str
    """One line; the problems of the report give the place."""
    fix: str = ""
    """How to avoid it, or what to send; empty if the problems say it."""
    made_from: str = ""
    """As in :class:`Work`: what it would have been made from."""


class Check(Struct, frozen=True, kw_only=True):
    """The outcome of one proof of one work. A check that did not run is never called passed."""

    name: str
    version: str = ""
    status: Literal["passed", "failed", "not run"]
    detail: str = ""
    """One line: the figures of the check, or why it did not run."""
    work: str = ""
    """File name of the work that was checked."""
    problems: tuple[Problem, ...] = ()


class Sheet(Struct, frozen=True, kw_only=True):
    """One sheet of a booklet: two pages on each side, left then right; 0 is a blank."""

    recto: tuple[int, int]
    verso: tuple[int, int]


class Listing(Struct, frozen=True, kw_only=True):
    """One chapter as `report.json` lists it."""

    path: str
    line: int = 1
    """The line of that file with which it begins, from 1; a file may have several chapters."""
    title: str
    part: str
    words: int


class Basis(Struct, frozen=True, kw_only=True):
    """What everything in a book depends on; it comes from the author, or from the files of a site generator."""

    title: str
    language: str
    """BCP 47 tag."""
    order: str
    """The source of the reading order, in one line."""


class Report(Struct, frozen=True, kw_only=True):
    """The result of a build: the content of `report.json`."""

    basis: Basis | None = None
    """None if the build stopped before the book was read."""
    works: tuple[Work, ...] = ()
    unmade: tuple[NotMade, ...] = ()
    problems: tuple[Problem, ...] = ()
    changes: tuple[Change, ...] = ()
    checks: tuple[Check, ...] = ()
    chapters: tuple[Listing, ...] = ()
    pages: PageMap = ()
    """The page map, empty when the edition that rules it was not made."""
    ruling: str = ""
    """Name of the edition whose pages the map describes."""
