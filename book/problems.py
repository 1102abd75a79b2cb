"""Problems of a book, with their place and fix; and the errors that stop a build.

    BookError                 the build cannot go on; has the problems that say why
      SettingsError           handbound.toml or the command line: exit status 2
      ManuscriptError         the chapters: exit status 1
      ThemeError              the theme: exit status 1
      PublishError            the output folder: exit status 1
      ToolMissing             an external tool: exit status 3

A reader's fault is a `Problem`: collected, all shown at once. Anything else that is raised is our bug and keeps its traceback.
"""

from __future__ import annotations

import bisect
import enum
import functools
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from book.patterns import regex


class Severity(enum.IntEnum):
    """How serious a problem is: a note is only reported, a warning has a safe fallback, an error stops the build."""

    NOTE = 0
    WARNING = 1
    ERROR = 2

    def __str__(self) -> str:
        """Return the word used in `report.json`."""
        return self.name.lower()


class Place(Struct, frozen=True, kw_only=True, order=True, tag=True):
    """A spot in a file: one of the author's, or one of an edition."""

    path: str
    """POSIX path as shown; for an author's file, relative to the book's root."""
    line: int = 1
    """From 1."""
    column: int = 1
    """From 1, in code points."""

    @property
    def spot(self) -> tuple[str, int, int]:
        """Path, line and column: the sort key of problems, and their columns in `report.json`."""
        return self.path, self.line, self.column

    def __str__(self) -> str:
        """Return ``path:line:column``, safe to print."""
        return printed_spot(*self.spot)


class Subject(Struct, frozen=True, kw_only=True, tag=True):
    """The subject of a problem that is not about a file: an option, a tool, an edition that is not made.

    It is printed like the first line of a file.
    """

    name: str
    """As shown: ``--theme``, ``pandoc``, ``pdf``."""
    line: ClassVar[int] = 1
    column: ClassVar[int] = 1

    @property
    def path(self) -> str:
        """Its name, in place of the path of a file."""
        return self.name

    @property
    def spot(self) -> tuple[str, int, int]:
        """As in :class:`Place`."""
        return self.name, 1, 1

    def __str__(self) -> str:
        """Return ``name:1:1``, safe to print, in the same form as for files."""
        return printed_spot(*self.spot)


def printed_spot(path: str, line: int, column: int) -> str:
    """Return ``path:line:column``, safe to print."""
    return f"{printable(path)}:{line}:{column}"


class Problem(Struct, frozen=True, kw_only=True):
    """One problem, as it is printed and listed in `report.json`."""

    code: str
    """A letter and three digits, stable."""
    severity: Severity
    message: str
    """What happened, in one line that quotes the author's text."""
    place: Place | Subject
    fix: str = ""
    """What to write or do; empty only for notes."""
    edition: str = ""
    """The name of the edition whose files it is about; empty if it is about the book."""


class Omission(Problem, frozen=True, kw_only=True):
    """A problem that counts files, with the files as data, because some may turn out to be in the book: a chapter includes them."""

    files: tuple[str, ...]
    """Their paths, at least one."""
    wording: Callable[[tuple[str, ...]], tuple[str, str]]
    """Returns message and fix for some of the files."""

    def __eq__(self, other: object) -> bool:
        """Return whether *other* says the same of the same files."""
        return isinstance(other, Omission) and self._statement() == other._statement()

    def __hash__(self) -> int:
        """Return the hash of what it says."""
        return hash(self._statement())

    def _statement(self) -> tuple[object, ...]:
        return self.code, self.severity, self.message, self.place, self.fix, self.edition, self.files

    @classmethod
    def of(
        cls,
        kind: Kind,
        files: Iterable[str],
        wording: Callable[[tuple[str, ...]], tuple[str, str]],
        place: Place | Subject | None = None,
    ) -> Omission:
        """Return the problem of *kind* at *place*; None: at the first of *files*."""
        paths = tuple(files)
        message, fix = wording(paths)
        return cls(
            code=kind.code,
            severity=kind.severity,
            message=message,
            place=place or Place(path=printable(paths[0], 4096)),
            fix=fix,
            files=paths,
            wording=wording,
        )

    def without(self, paths: Collection[str]) -> Problem | None:
        """Return the plain problem for the files that are not in *paths*; None if all are."""
        files = tuple(file for file in self.files if file not in paths)
        if not files:
            return None
        kind = Kind(self.code, self.severity, "")
        own = self.place if self.place.path != printable(self.files[0], 4096) else None
        rest = Omission.of(kind, files, self.wording, own)
        return kind.at(rest.place, rest.message, fix=rest.fix if self.fix else "")


class Kind(Struct, frozen=True):
    """A kind of problem, declared once next to the rule that finds it.

    >>> MISSING = Kind("R201", Severity.WARNING, "a link to a chapter that is not in the book")
    >>> MISSING.at(Place(path="a.md", line=3), "no chapter 'b.md'", fix="write c.md").code
    'R201'
    """

    code: str
    severity: Severity
    meaning: str

    def at(self, place: Place | Subject, message: str, *, fix: str = "") -> Problem:
        """Return a problem of this kind at *place*."""
        return Problem(code=self.code, severity=self.severity, message=message, place=place, fix=fix)


BUG = (
    "this is a bug in Handbound, not in your book; please send this message, the output of book --version, report.json and "
    "the smallest chapter that shows it"
)
"""The fix for a problem that no author can cause."""


class BookError(Exception):
    """The build cannot go on; *problems* say why, and at least one is an error."""

    status: ClassVar[int] = 1

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        """Store *problems*, one or several."""
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(f"{problem.place}: {problem.message}" for problem in self.problems))


class SettingsError(BookError):
    """The settings or the command line are wrong."""

    status = 2


class ManuscriptError(BookError):
    """The chapters cannot be read."""


class ThemeError(BookError):
    """The theme cannot be used."""


class PublishError(BookError):
    """The editions cannot be written; existing files are unchanged."""


class ToolMissing(BookError):
    """An external tool is missing."""

    status = 3


# C0, C1 and DEL, the bidi controls, and the separators that some terminals treat as line ends.
UNPRINTABLE = regex("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def printable(text: str, limit: int = 200) -> str:
    r"""Return *text* fit for a terminal or a log: controls shown as escapes, at most *limit* characters.

    >>> printable("a\x1b[31m\nb")
    'a\\x1b[31m\\nb'
    """
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    escaped = UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)
    # A line of a hosted CI's log that begins with "::" is a command to it.
    return "\u2236\u2236" + escaped[2:] if escaped.startswith("::") else escaped


def lines(problem: Problem) -> tuple[str, ...]:
    """Return the printed lines of *problem*: place, code and message; then the fix.

    >>> lines(Problem(code="Q101", severity=Severity.WARNING, message="unmatched", place=Place(path="a.md"), fix="x"))
    ('a.md:1:1: Q101 unmatched', '    fix: x')
    """
    head = f"{problem.place}: {problem.code} {printable(problem.message, 600)}"
    return (head, f"    fix: {printable(problem.fix, 600)}") if problem.fix else (head,)


def strict(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return *problems* with every warning turned into an error; notes stay notes."""
    return tuple(
        replace(problem, severity=Severity.ERROR) if problem.severity is Severity.WARNING else problem
        for problem in problems
    )


def line_and_column(text: str, at: int) -> tuple[int, int]:
    r"""Return the line and column (both from 1) of the offset *at* of *text*.

    >>> line_and_column("ab\ncd", 4)
    (2, 2)
    """
    line = bisect.bisect_right(_line_starts(text), at)
    return line, at - _line_starts(text)[line - 1] + 1


def offset_of(text: str, line: int, column: int) -> int | None:
    r"""Return the offset in *text* of a *line* and *column* (both from 1), None for a line that it does not have.

    >>> offset_of("ab\ncd", 2, 2), offset_of("ab", 2, 1)
    (4, None)
    """
    starts = _line_starts(text)
    return starts[line - 1] + column - 1 if 0 < line <= len(starts) else None


@functools.lru_cache(maxsize=4)
def _line_starts(text: str) -> tuple[int, ...]:
    """Return the offset of each line of *text*; remembered, because a file with one problem often has thousands."""
    return (0, *(match.end() for match in re.finditer("\n", text)))


def place_of(text: str, at: int, path: str) -> Place:
    """Return the place of the offset *at* of *text*, the content of the file *path*."""
    line, column = line_and_column(text, at)
    return Place(path=path, line=line, column=column)


def worst(problems: Iterable[Problem]) -> Severity:
    """Return the highest severity of *problems*; a note if there are none."""
    return max((problem.severity for problem in problems), default=Severity.NOTE)


def nearest(word: str, known: Iterable[str], alike: float = 0.6) -> str | None:
    """Return the known word that is most similar to *word*, or None if none is similar enough.

    Args:
        word: the word as written.
        known: the words that may be meant.
        alike: the similarity that is required, from 0 to 1; use 0.8 for a word that may well be right.

    >>> nearest("langauge", ["language", "title"])
    'language'
    """
    import difflib  # noqa: PLC0415 - only a faulty book needs it

    def fold(text: str) -> str:
        return unicodedata.normalize("NFKD", text).casefold()

    by_fold = {fold(name): name for name in sorted(known, reverse=True)}
    matches = difflib.get_close_matches(fold(word), by_fold, n=1, cutoff=alike)
    return by_fold[matches[0]] if matches else None
