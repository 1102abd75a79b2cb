"""What a dialect may ask about a chapter and its book, and where it says what it does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from book.dialects.rows import Row
from book.model import Manuscript
from book.problems import Kind, Place, Problem
from book.settings import Settings

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Return the words of *text*, case folded.

    >>> words("A tip, or `two`")
    ['a', 'tip', 'or', 'two']
    """
    return _WORD.findall(text.casefold())


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Something in the book that has a name, and can be referred to."""

    path: str
    """The chapter in which it stands."""
    text: str
    """Its heading or caption, inline Markdown; empty when it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What all chapters of a book share."""

    root: Path
    """The book's folder, from which dialects include files."""
    settings: Settings
    names: frozenset[str]
    """The dialects that are switched on."""
    manuscripts: Mapping[str, Manuscript]
    """The chapters by path, as their files have them."""
    labels: Mapping[str, Label] = field(default_factory=dict)
    """What can be referred to, by its name."""
    variables: Mapping[str, object] = field(default_factory=dict)
    """What the site's own settings say."""


@dataclass(slots=True)
class Context:
    """One chapter on its way through the dialects."""

    manuscript: Manuscript
    """As its file has it."""
    library: Library
    problems: list[Problem] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    """Words that a dialect takes away on purpose, because they are no words of the text."""

    def tell(self, kind: Kind, place: Place, message: str, fix: str = "") -> None:
        """Keep a problem."""
        self.problems.append(kind.at(place, message, fix=fix))

    def tell_at(self, kind: Kind, row: Row, at: int, message: str, fix: str = "") -> None:
        """Keep a problem at the offset *at* of *row*."""
        place = Place(path=row.origin.path, line=row.origin.line, column=row.origin.at(at + 1)[0])
        self.problems.append(kind.at(place, message, fix=fix))

    def take(self, text: str) -> None:
        """Count the words of *text*, which is not of the chapter's own words, as taken away on purpose."""
        self.taken.update(words(text))
