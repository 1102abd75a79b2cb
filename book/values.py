"""The values that the steps of the pipeline take and return."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Generic, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from book import seal
from book.assemble import formulas
from book.assemble.transcripts import Reader, Transcript
from book.dialects import Rewriting
from book.edition import Edition
from book.lint import IN_A_BUILD
from book.lint import Choice as Checks
from book.model import Book, Change, Manuscript, Nodes, NotMade, Report, Sidebar
from book.printing import Printing, Progress
from book.problems import Problem, strict
from book.report import in_reading_order
from book.settings import Settings
from book.sites import Site
from book.standing import Standing
from book.style.house_style import Knowledge
from book.theme import Theme

V = TypeVar("V")
W = TypeVar("W")

# Reading: from the files of an author to a book.


class Request(Struct, frozen=True, kw_only=True):
    """What to read, and how."""

    source: Path
    """A folder with handbound.toml and chapters, or the folder of a handbook without one."""
    only: str = ""
    """The name of the only file of the book, if that was named and not its folder."""
    cache: Path | None = None
    """Folder of the cache."""
    theme: str | None = None
    """The theme, instead of that in the settings, which then need not exist."""
    system: str = ""
    """The site generator that gives the order; empty: the best match."""
    dated: bool = True
    """Whether the book needs its date, for which git may have to run."""
    checks: Checks = IN_A_BUILD
    """The editor's checks to run."""
    progress: Progress = lambda _: None

    @property
    def named(self) -> Path:
        """What was named: the folder, or the only file."""
        return self.source / self.only


class Reading(Struct, Generic[V], frozen=True, kw_only=True):
    """A book between two steps: the result of the last step, and all problems so far."""

    request: Request
    settings: Settings
    site: Site | None = None
    """The site of the handbook; None for a book of Handbound's own."""
    routes: Mapping[str, str] = field(default_factory=dict)
    """Addresses on the site of the handbook: address, or id -> chapter."""
    order: str = ""
    """The source of the reading order, in one line; empty before the chapters are in order."""
    value: V
    problems: tuple[Problem, ...] = ()
    changes: tuple[Change, ...] = ()

    def to(self, value: W, problems: Iterable[Problem] = (), changes: Iterable[Change] = ()) -> Reading[W]:
        """Return a Reading with *value*, and the new problems and changes added."""
        return Reading(
            request=self.request,
            settings=self.settings,
            site=self.site,
            routes=self.routes,
            order=self.order,
            value=value,
            problems=(*self.problems, *problems),
            changes=(*self.changes, *changes),
        )


class Gathered(Struct, frozen=True, kw_only=True):
    """The chapter files, and their order."""

    manuscripts: tuple[Manuscript, ...]
    sidebar: Sidebar


class Rewritten(Struct, frozen=True, kw_only=True):
    """The chapters in Markdown that pandoc reads, and their order."""

    rewriting: Rewriting
    sidebar: Sidebar


class Transcripts(Struct, frozen=True, kw_only=True):
    """The chapters as they are read, in the order of the sidebar."""

    reader: Reader
    chapters: tuple[Transcript, ...]
    titles: Mapping[str, Nodes]
    """The inlines of the title of each part, by the title as written."""
    sidebar: Sidebar
    mathml: formulas.Formulas = field(default_factory=lambda: formulas.NO_FORMULAS)
    """The converted formulas; all others are printed as TeX."""


class Taught(Struct, frozen=True, kw_only=True):
    """The chapters, with what all of them teach the house style of each."""

    transcripts: Transcripts
    known: Knowledge


class Proofread(Struct, frozen=True, kw_only=True):
    """A book ready for printing, with all problems so far."""

    request: Request
    settings: Settings
    order: str
    """The source of the reading order, in one line."""
    book: Book
    problems: tuple[Problem, ...]
    changes: tuple[Change, ...]


# Printing: from a book to its editions.


class Order(Struct, frozen=True, kw_only=True):
    """A book, and the editions to make."""

    proofread: Proofread
    names: tuple[str, ...]
    """The names of the requested editions; empty: those in the settings, else all."""
    stage: seal.Stage
    must_run: bool
    be_strict: bool
    validators: bool
    plain: bool = False
    """Whether each paged edition is laid out as one document, without remembered pages."""
    executor: Executor | None = None
    """Where editions with pages are made; None: processes of this machine."""


class Choice(Struct, frozen=True, kw_only=True, dict=True):
    """The editions to make, adapted to the theme and the settings."""

    order: Order
    look: Theme
    editions: tuple[Edition, ...]
    unmade: tuple[NotMade, ...] = ()
    """Editions that cannot be made from this book."""
    problems: tuple[Problem, ...] = ()

    @functools.cached_property
    def all_problems(self) -> tuple[Problem, ...]:
        """All problems from before anything is made, in reading order."""
        problems = (*self.order.stage.problems, *self.order.proofread.problems, *self.problems)
        return in_reading_order(strict(problems) if self.order.be_strict else problems, self.order.proofread.book)


class Printed(Struct, frozen=True, kw_only=True):
    """The editions that are made."""

    order: Order
    printing: Printing
    standing: Standing
    """The files of earlier builds."""
    unmade: tuple[NotMade, ...]
    problems: tuple[Problem, ...]
    """The problems from before they were made, in reading order."""

    def without(self, unmade: Iterable[NotMade]) -> Printed:
        """Return the value with further editions that are not made."""
        return replace(self, unmade=(*self.unmade, *unmade))


class Result(Struct, frozen=True, kw_only=True):
    """The result of a run, and its exit status."""

    report: Report
    status: int
    missing: tuple[Problem, ...] = ()
    """External tools that are missing."""
    traces: tuple[str, ...] = ()
    """Tracebacks of editions that failed because of a bug in Handbound."""
