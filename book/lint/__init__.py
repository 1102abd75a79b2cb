"""What an editor would mark in a book before it is printed: one check per file, run in the order of the list CHECKS.

A build lists the findings as notes in report.json; ``book lint`` prints them as warnings. The text is not changed. An author silences a check
with a comment in the chapter: ``<!-- handbound: ignore cut-off -->`` inside a paragraph applies to that paragraph, on a line of its own to the
next block, and above the first block of a chapter, as ``<!-- handbound: ignore cut-off everywhere -->``, to the whole chapter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from book.lint.ignored import Ignored
from book.lint.passages import Text, text_of
from book.lint.placeholders import placeholders
from book.lint.repetitions import twice
from book.lint.sentences import cut_off, doubled_words
from book.lint.spelling import misspelt
from book.lint.variants import mixed_spellings
from book.lint.web_only import next_lines, web_only
from book.model import Draft
from book.problems import Problem, Severity, nearest
from book.settings import Lint

__all__ = ["CHECKS", "IN_A_BUILD", "NAMES", "Choice", "lint", "unknown"]

Check = Callable[[Sequence[Text], Lint], Iterable[Problem]]
"""A check of all chapters of a book together, because a word or a paragraph may be in two of them."""

CHECKS: tuple[tuple[str, Check], ...] = (
    ("placeholder", placeholders),
    ("next-line", next_lines),
    ("twice", twice),
    ("cut-off", cut_off),
    ("web-only", web_only),
    ("doubled-word", doubled_words),
    ("mixed-spelling", mixed_spellings),
    ("spelling", misspelt),
)
"""The checks with their names for ``--only``, ``--ignore``, handbound.toml and comments."""

NAMES = tuple(name for name, _ in CHECKS)
SLOW = frozenset({"spelling"})
"""Checks that a build does not run: a dictionary takes a second to open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which checks run, and the severity of their findings."""

    only: tuple[str, ...] = ()
    """Names from :data:`NAMES`; empty: all."""
    ignore: tuple[str, ...] = tuple(SLOW)
    """Names of checks that do not run, in addition to those that the book ignores."""
    severity: Severity = Severity.NOTE


IN_A_BUILD = Choice()


def lint(chapters: Iterable[Draft], settings: Lint, choice: Choice = IN_A_BUILD) -> tuple[Problem, ...]:
    """Return the findings of the checks, in the order of the chapters.

    Args:
        chapters: the drafts as pandoc read them, with positions, in reading order.
        settings: the table ``[lint]`` of handbound.toml.
        choice: the checks to run, and the severity of their findings.
    """
    texts = [text_of(chapter) for chapter in chapters]
    order = {text.path: number for number, text in enumerate(texts)}
    ignored = {text.path: Ignored(text.manuscript) for text in texts}
    problems: list[Problem] = []
    for name, check in CHECKS:
        if name in (*choice.ignore, *settings.ignore) or (choice.only and name not in choice.only):
            continue
        for problem in check(texts, settings):
            path, line = problem.place.path, problem.place.line
            if path not in ignored or not ignored[path].holds(name, line):
                problems.append(replace(problem, severity=choice.severity))
    return tuple(sorted(problems, key=lambda problem: (order.get(problem.place.path, -1), problem.place)))


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
