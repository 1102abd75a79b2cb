"""The options of the house style, and the type of a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Literal

from msgspec import Struct

from book.problems import Kind
from book.style.runs import Edit, Run
from book.style.words import Words


class Style(Struct, frozen=True, kw_only=True):
    """The house style of one book."""

    language: str = "en"
    """BCP 47 tag of texts without a language of their own."""
    guessed: bool = False
    """Whether the language is only guessed; then quotation marks of other languages are left as typed."""
    outer: Literal["as-typed", "double", "single"] = "as-typed"
    """Which kind of quotation marks is outermost, regardless of what was typed."""
    double_hyphen: Literal["em", "en"] = "em"
    """What ``--`` without spaces becomes in English: an em dash, or an en dash as in pandoc."""
    skip: tuple[str, ...] = ()
    """Globs of chapters whose marks are left as typed; ``*`` also matches slashes."""
    quotes: bool = True
    dashes: bool = True
    spaces: bool = True
    words: Words | None = None
    """What the whole book teaches about its apostrophes; None: each chapter is examined alone."""

    def skips(self, path: str) -> bool:
        """Return whether the quotation marks of the chapter at *path* are left as typed.

        >>> Style(skip=("old/*",)).skips("old/a.md")
        True
        """
        return any(fnmatchcase(path, glob) for glob in self.skip)


class Doubt(Struct, frozen=True):
    """A reason for the author to check the characters from *start* to before *end*."""

    start: int
    end: int
    kind: Kind
    message: str
    fix: str


RunRule = Callable[[Sequence[Run], Style], Iterable[tuple[int, Edit | Doubt]]]
"""A rule over all runs of a chapter: yields the index of a run with an edit or a doubt, in any order."""


Switch = Callable[[Style], bool]
"""Returns whether a rule is on in a style."""


def always(_: Style) -> bool:
    """Return True: the rule is on in every style."""
    return True


def around(text: str, start: int, end: int) -> str:
    """Return the characters from *start* to *end* with 20 more on each side, on one line.

    >>> around('He said hello" and left.', 13, 14)
    'He said hello" and left.'
    """
    cut = text[max(0, start - 20) : end + 20]
    return cut.translate({ord("\n"): " ", ord("\v"): " ", ord("\f"): " ", 0xFFFC: "…"}).strip()
