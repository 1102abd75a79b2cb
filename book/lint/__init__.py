"""What an editor would mark in a book before it is printed: one check per file, run in the order of the list CHECKS.

A build lists the findings as notes in report.json; ``book lint`` prints them as warnings. The text is not changed. An author silences a check
with a comment in the chapter: ``<!-- handbound: ignore cut-off -->`` inside a paragraph applies to that paragraph, on a line of its own to the
next block, and above the first block of a chapter, as ``<!-- handbound: ignore cut-off everywhere -->``, to the whole chapter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from book.lint.ignored import Ignored
from book.lint.passages import Sighting, Text, text_of
from book.lint.placeholders import placeholders
from book.lint.repetitions import paragraphs, twice
from book.lint.sentences import cut_off, doubled_words
from book.lint.spelling import misspelt, words
from book.lint.variants import mixed_spellings, spellings
from book.lint.web_only import next_lines, web_only
from book.model import Draft, Manuscript
from book.problems import Problem, Severity, nearest
from book.settings import Lint

__all__ = ["CHECKS", "IN_A_BUILD", "NAMES", "NONE", "Choice", "Findings", "Sighting", "inspect", "judge", "unknown"]

Check = Callable[[Text, Lint], Iterable[Problem]]
"""A check of one chapter."""
Judge = Callable[[Iterable[Sighting], Lint], Iterable[Problem]]
"""A check of all chapters of a book together, because a word or a paragraph may be in two of them: of what was seen in each, in order."""


class BookCheck(Struct, frozen=True, kw_only=True):
    """A check of the whole book, in two halves, so that a chapter which did not change need not be read again."""

    look: Callable[[Text], Iterable[Sighting]]
    judge: Judge


CHECKS: Mapping[str, Check | BookCheck] = {
    "placeholder": placeholders,
    "next-line": next_lines,
    "twice": BookCheck(look=paragraphs, judge=twice),
    "cut-off": cut_off,
    "web-only": web_only,
    "doubled-word": doubled_words,
    "mixed-spelling": BookCheck(look=spellings, judge=mixed_spellings),
    "spelling": BookCheck(look=words, judge=misspelt),
}
"""The checks by their names for ``--only``, ``--ignore``, handbound.toml and comments."""

NAMES = tuple(CHECKS)
SLOW = frozenset({"spelling"})
"""Checks that a build does not run: a dictionary takes a second to open."""


class Choice(Struct, frozen=True, kw_only=True):
    """Which checks run, and the severity of their findings."""

    only: tuple[str, ...] = ()
    """Names from :data:`NAMES`; empty: all."""
    ignore: tuple[str, ...] = tuple(SLOW)
    """Names of checks that do not run, in addition to those that the book ignores."""
    severity: Severity = Severity.NOTE

    def names(self, settings: Lint) -> tuple[str, ...]:
        """Return the names of the checks that run on a book with these *settings*, in their order."""
        off = {*self.ignore, *settings.ignore}
        return tuple(name for name in NAMES if name not in off and (not self.only or name in self.only))


IN_A_BUILD = Choice()
NONE = Choice(ignore=NAMES)


class Findings(Struct, frozen=True, kw_only=True):
    """What the checks found in one chapter."""

    problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    """By the name of the check."""
    sightings: Mapping[str, tuple[Sighting, ...]] = field(default_factory=dict)
    """For the checks of the whole book, by name."""


def inspect(chapter: Draft, settings: Lint, choice: Choice = IN_A_BUILD) -> Findings:
    """Return what the checks find in *chapter*.

    Args:
        chapter: the draft as pandoc read it, with positions.
        settings: the table ``[lint]`` of handbound.toml.
        choice: the checks to run, and the severity of their findings.
    """
    names = choice.names(settings)
    if not names:
        return Findings()
    text = text_of(chapter)
    problems: dict[str, tuple[Problem, ...]] = {}
    sightings: dict[str, tuple[Sighting, ...]] = {}
    for name in names:
        check = CHECKS[name]
        if isinstance(check, BookCheck):
            sightings[name] = tuple(check.look(text))
        elif own := tuple(check(text, settings)):
            problems[name] = own
    return Findings(problems=problems, sightings=sightings)


def judge(
    chapters: Mapping[str, tuple[Manuscript, Findings]], settings: Lint, choice: Choice = IN_A_BUILD
) -> tuple[Problem, ...]:
    """Return what the checks found in a book, in the order of its chapters.

    Args:
        chapters: by path, in reading order.
        settings: as for :func:`inspect`.
        choice: the same as for :func:`inspect`.
    """
    order = {path: number for number, path in enumerate(chapters)}
    ignored: dict[str, Ignored] = {}

    def silenced(name: str, problem: Problem) -> bool:
        path = problem.place.path
        if path in chapters and path not in ignored:
            ignored[path] = Ignored(chapters[path][0])
        return path in ignored and ignored[path].holds(name, problem.place.line)

    problems = [
        problem if problem.severity is choice.severity else replace(problem, severity=choice.severity)
        for name in choice.names(settings)
        for problem in _findings(name, chapters.values(), settings)
        if not silenced(name, problem)
    ]
    return tuple(sorted(problems, key=lambda problem: (order.get(problem.place.path, -1), problem.place)))


def _findings(name: str, chapters: Iterable[tuple[Manuscript, Findings]], settings: Lint) -> Iterator[Problem]:
    """Yield what the check *name* found in all *chapters*."""
    check = CHECKS[name]
    if isinstance(check, BookCheck):
        sightings = (sighting for _, findings in chapters for sighting in findings.sightings.get(name, ()))
        yield from check.judge(sightings, settings)
        return
    for _, findings in chapters:
        yield from findings.problems.get(name, ())


def is_for_editors(problem: Problem) -> bool:
    """Return whether an editor wants to see *problem*: every error and warning, and a note that is about the text of a chapter.

    Other notes are about files and the order, or count what was done.
    """
    return problem.severity is not Severity.NOTE or problem.code[:1] in ("G", "N")


def unknown(names: Iterable[str]) -> str | None:
    """Return the problem of the first of *names* that is not a check, or None.

    >>> unknown(["twice", "placeholders"])
    "there is no check 'placeholders'; did you mean placeholder?"
    """
    for name in names:
        if name not in NAMES:
            near = nearest(name, NAMES)
            hint = f"did you mean {near}?" if near else f"the checks are: {', '.join(NAMES)}"
            return f"there is no check {name!r}; {hint}"
    return None
