"""The values that the steps of the press hand on: a book on its way, a build on its way, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from book import seal
from book.assemble import formulas
from book.edition import Edition
from book.model import Book, Change, Chapter, Manuscript, Metadata, NotMade, Report, Sidebar
from book.printing import Printing, Progress
from book.problems import Problem
from book.settings import Settings
from book.theme import Theme

NO_BOOK = Book(metadata=Metadata(title="", identifier="", slug="", date="", modified=""))
"""What there is before the chapters are collated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofread:
    """A book on its way to the press, or ready for it, with everything that was found."""

    source: Path
    """A folder with handbound.toml and chapters, or a handbook's folder without one."""
    cache: Path | None = None
    """Where results are remembered."""
    theme: str | None = None
    """Instead of the settings' theme, which then need not exist; this one must."""
    dated: bool = True
    """Whether the book needs its date, for which git may have to be asked."""
    progress: Progress = field(default=lambda _: None, repr=False)
    settings: Settings = field(default_factory=Settings)
    manuscripts: tuple[Manuscript, ...] = ()
    sidebar: Sidebar = field(default_factory=lambda: Sidebar(source=""))
    trees: tuple[Chapter, ...] = ()
    """The chapters as they were read, where their formulas are wanted; they are larger than all that comes after."""
    chapters: tuple[Chapter, ...] = ()
    mathml: formulas.Formulas = field(default_factory=lambda: formulas.NONE)
    book: Book = NO_BOOK
    problems: tuple[Problem, ...] = ()
    changes: tuple[Change, ...] = ()

    def with_problems(self, problems: Iterable[Problem]) -> Proofread:
        """Return the value with more *problems*."""
        return replace(self, problems=(*self.problems, *problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A build on its way: the book, its editions, and what becomes of them."""

    proofread: Proofread
    out: Path
    names: tuple[str, ...]
    """Of the editions that were asked for; empty: those of the settings, else all."""
    stage: seal.Stage
    must_run: bool
    be_strict: bool
    validators: bool
    editions: tuple[Edition, ...] = ()
    look: Theme | None = None
    unmade: tuple[NotMade, ...] = ()
    problems: tuple[Problem, ...] = ()
    printing: Printing | None = None
    result: Result | None = None
    """As soon as it is known."""

    def themed(self) -> Theme:
        """Return the theme of the book."""
        assert self.look is not None  # noqa: S101 - the steps run in order
        return self.look

    def printed(self) -> Printing:
        """Return what is made."""
        assert self.printing is not None  # noqa: S101 - as above
        return self.printing


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a run did, and the exit status it deserves."""

    report: Report
    status: int
    missing: tuple[Problem, ...] = ()
    """Outside tools that were not there."""
    traces: tuple[str, ...] = ()
    """Tracebacks of editions that a bug of ours stopped."""
