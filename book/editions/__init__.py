"""The formats: one module each, with a function ``make``. The table of editions is in :mod:`book.catalogue`.

To add an edition, add an entry there. To add a format, add a module here and its name in ``FORMATS`` there.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from book import cache, labels, limits, packages, stopwatch, theme
from book.catalogue import EDITIONS, FORMATS
from book.edition import PAPERS, Edition, Trim
from book.model import Book, Made
from book.paged.imposition import scale
from book.problems import BUG, BookError, Kind, Problem, PublishError, Severity, Subject
from book.settings import Limits, Settings, identifiers
from book.theme import Theme

__all__ = [
    "EDITIONS",
    "FORMATS",
    "WHOLE",
    "Apart",
    "Format",
    "Job",
    "adapted",
    "inside",
    "laid_out_whole",
    "made_apart",
    "maker",
]

SLOW = Kind("X110", Severity.ERROR, "an edition that takes too much time or memory")
UNMADE = Kind("T140", Severity.ERROR, "an edition that cannot be made with the book's theme")


NO_ROOM_MM, ROOM_MM = 10.0, 40.0
"""A page that leaves less room for text, in either direction, has no lines; one that leaves so much can hold everything."""
WHOLE = Kind("E201", Severity.NOTE, "an edition that is laid out as one document, without remembered chapters")


def laid_out_whole(name: str, reason: object) -> Problem:
    """Return the note that the edition in the file *name* is laid out as one document, and why."""
    fix = "no action needed; after an edit, this edition takes longer than the others"
    return WHOLE.at(Subject(name=name), f"it is laid out as one document: {reason}", fix=fix)


Format = Callable[[Book, Edition, Theme], Made]
"""Makes the files of one edition; returns them with its problems.

Raises ToolMissing if the edition cannot be made on this machine.
"""

A5_PRINT = Trim(width_mm=148, height_mm=210, bleed_mm=3)
"""The page size of the printed book with ``trim = "a5"`` in handbound.toml."""
LEAST_SCALE = 0.8
"""The size of the pages in a booklet, as a share of the printed ones: if they would be smaller, the booklet has pages of its own, of A5."""


def adapted(edition: Edition, settings: Settings, theme: Theme) -> Edition:
    """Return *edition* adapted to the *settings* of the book and its *theme*: page size, and the standard for a printing house."""
    press = settings.print
    if "print" in (edition.name, edition.of):
        edition = replace(edition, standard="pdf/x-4" if press.pdf_x else "", marks=press.marks, isbn=press.isbn)
        if press.trim == "a5":
            edition = replace(edition, trim=A5_PRINT, page="a5")
    if edition.format == "cover":
        edition = replace(edition, paper_um=press.paper_um or PAPERS[press.paper], spine_mm=press.spine)
    edition = theme.sized(edition)
    if edition.format == "booklet":
        edition = replace(edition, standard="", signature=max(4, press.signature))
        if edition.trim and min(scale(edition.trim, paper.size) for paper in edition.papers) < LEAST_SCALE:
            edition = theme.sized(replace(edition, trim=A5_PRINT, page="a5"))
    if edition.trim and not edition.marks and edition.format != "cover":
        edition = replace(edition, trim=_uncut(edition.trim))
    return edition


def _uncut(trim: Trim) -> Trim:
    """Return *trim* without bleed: pages around which no marks stand have the size of the book."""
    return replace(trim, bleed_mm=0.0)


def inside(edition: Edition) -> Edition:
    """Return the edition whose pages a cover or a booklet needs, with the pages of *edition*, which is adapted to its book."""
    trim = edition.trim if edition.marks or edition.trim is None else _uncut(edition.trim)
    return replace(EDITIONS[edition.of], trim=trim, page=edition.page, marks=edition.marks, isbn=edition.isbn)


class Job(Struct, frozen=True, kw_only=True):
    """The arguments for making an edition in another process."""

    book: Book
    edition: Edition
    theme: str
    source: Path
    cache: Path | None
    limits: Limits = field(default_factory=Limits)
    plain: bool = False
    """Whether it is laid out as one document, without remembered pages."""


class Apart(Struct, frozen=True, kw_only=True):
    """An edition that was made in another process."""

    made: Made
    tallies: Mapping[str, cache.Tally]
    """What it asked the cache for."""
    wall: float
    """Seconds that it took there."""
    cpu: float


def made_apart(job: Job) -> Apart:
    """Make the edition of *job*, in a process that knows nothing else of the book."""
    labels.own.set(job.book.metadata.labels)
    look = replace(theme.load(job.theme, job.source, job.cache, job.limits), plain=job.plain)
    with limits.settled():
        (made, tallies), wall, cpu = stopwatch.measured(
            lambda: cache.counted(lambda: maker(job.edition)(job.book, job.edition, look))
        )
    return Apart(made=made, tallies=tallies, wall=wall, cpu=cpu)


def maker(edition: Edition) -> Format:
    """Return the function that makes *edition*; its module is imported on use, because WeasyPrint is slow and may be missing."""
    module = f"book.editions.{edition.format}"

    def limited(book: Book, edition: Edition, theme: Theme) -> Made:
        place = Subject(name=edition.name)
        if cramped := _cramped(edition, theme, NO_ROOM_MM):
            raise PublishError(cramped)
        try:
            with limits.within(seconds=theme.limits.pages_seconds, mebibytes=theme.limits.pages_mebibytes):
                make: Format = importlib.import_module(module).make
                return make(_named(book, edition), edition, theme)
        except limits.Exceeded as error:
            much, key = ("memory", "mebibytes") if error.reason == "memory" else ("processor time", "seconds")
            fix = f"make the book shorter, or raise limits.pages_{key} in handbound.toml"
            if theme.foreign:
                fix = f"{fix}; if another theme needs less (--theme folio), it is the theme"
            message = f"the edition {edition.name} took more than {error.limit} of {much}"
            raise PublishError(SLOW.at(place, message, fix=fix)) from error
        except ImportError as error:
            raise (packages.missing(error) or error) from error
        except (BookError, OSError):
            raise
        except Exception as error:
            # A foreign theme (a page without room, an infinite length) may cause any error during layout.
            if not theme.foreign:
                raise
            message = f"the edition {edition.name} cannot be made with this theme: {type(error).__name__}: {error}"
            fix = f"build it with --theme folio; if that fails too, {BUG}"
            problem = UNMADE.at(theme.chain[0].place("theme.toml"), message, fix=fix)
            raise PublishError(_cramped(edition, theme, ROOM_MM) or problem) from error

    return limited


def _cramped(edition: Edition, theme: Theme, least: float) -> Problem | None:
    """Return the problem of pages whose margins leave less than *least* millimetres for text in either direction; None if they leave more."""
    room = theme.room(edition) if edition.format != "cover" else None
    if room is None or edition.trim is None or min(room) >= least:
        return None
    (wide, high), (width, height) = room, (edition.trim.width_mm, edition.trim.height_mm)
    message = (
        f"the edition {edition.name} cannot be made: its pages are {width:g} × {height:g} mm, and their margins leave "
        f"{max(0, wide):.3g} × {max(0, high):.3g} mm for text"
    )
    enough = f"{width + max(0, ROOM_MM - wide):.3g} × {height + max(0, ROOM_MM - high):.3g} mm"
    fix = f"make them {enough} or larger, or the margins narrower: [page.{edition.page}] in tokens.toml"
    return UNMADE.at(theme.chain[0].place("tokens.toml"), message, fix=fix)


def _named(book: Book, edition: Edition) -> Book:
    """Return *book* with the ISBN of its *edition*, if that has one of its own."""
    if not edition.isbn:
        return book
    return replace(book, metadata=replace(book.metadata, identifier=identifiers.of_isbn(edition.isbn)))
