"""The result of a build: files, checks, and the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from book.edition import Trim
from book.model.book import PageMap
from book.model.manuscripts import Change
from book.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The result of a format."""

    files: Mapping[str, bytes]
    """File name -> bytes."""
    problems: tuple[Problem, ...] = ()
    pages: PageMap = ()
    """For a paged edition: the page map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMade:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The outcome of one proof of one work. A check that did not run is never called passed."""

    name: str
    version: str = ""
    status: Literal["passed", "failed", "not run"]
    detail: str = ""
    """One line: the figures of the check, or why it did not run."""
    work: str = ""
    """File name of the work that was checked."""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet of a booklet: two pages on each side, left then right; 0 is a blank."""

    recto: tuple[int, int]
    verso: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One chapter as `report.json` lists it."""

    path: str
    title: str
    part: str
    words: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of a build: the content of `report.json`."""

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
