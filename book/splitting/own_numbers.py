"""Titles of chapters with numbers of their own, in a book that numbers its chapters: readers see both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from book.model import Placed
from book.problems import Kind, Problem, Severity, printable
from book.splitting.headings import is_counted

TWICE = Kind("O126", Severity.WARNING, "titles with numbers of their own in a book that numbers its chapters")

LEAST = 2
"""The fewest such titles that are reported: a single one may be a date, or the name of a list."""


def numbered_twice(chapters: Iterable[Placed], language: str) -> Iterator[Problem]:
    """Yield a warning if at least half of the numbered *chapters* have titles that begin with a number."""
    numbered = [chapter for chapter in chapters if chapter.number is not None]
    counted = [chapter for chapter in numbered if is_counted(chapter.composed.title, language)]
    if len(counted) >= LEAST and 2 * len(counted) >= len(numbered):
        first = counted[0]
        title = printable(first.composed.title, 60)
        message = f"{len(counted)} titles have numbers of their own, such as '{title}', and the book numbers its chapters, too"
        fix = "remove the numbers from the titles, or write number_chapters = false in handbound.toml"
        yield TWICE.at(first.composed.source.place(1), message, fix=fix)
