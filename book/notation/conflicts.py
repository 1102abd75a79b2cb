"""Merge conflicts that nobody has resolved: the lines that Git, Mercurial and others write around two versions of a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from book.patterns import regex

WHY = "a merge conflict is not resolved"
FIX = "keep one version, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>"

_MARK = regex(r"(?P<sign><{7}|>{7}|={7}|\|{7})(?:[ \t].*)?")


class Conflict(Struct, frozen=True):
    """One conflict."""

    marks: tuple[int, ...]
    """Indexes of the lines that begin it, divide its versions, and end it."""


def conflicts(lines: Sequence[str]) -> Iterator[Conflict]:
    r"""Yield the conflicts in the *lines* of a text.

    >>> [*conflicts("a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> other\n".split("\n"))]
    [Conflict(marks=(1, 3, 5))]
    >>> [*conflicts("Title\n=======\n>>>>>>> quoted".split("\n"))]
    []
    """
    marks: list[int] = []
    divided = False
    for number, line in enumerate(lines):
        match = _MARK.fullmatch(line.rstrip("\r"))
        if match is None:
            continue
        if match["sign"][0] == "<":
            marks, divided = [number], False
        elif marks:
            marks.append(number)
            divided = divided or match["sign"][0] == "="
            if match["sign"][0] == ">" and divided:
                yield Conflict(tuple(marks))
                marks = []


def first(text: str) -> int | None:
    r"""Return the offset at which the first conflict of *text* begins; None if there is none.

    >>> first("a = 1\n<<<<<<< HEAD\nb = 1\n=======\nb = 2\n>>>>>>> other\n"), first("a = 1\n")
    (6, None)
    """
    if "<<<<<<<" not in text:
        return None
    lines = text.split("\n")
    conflict = next(conflicts(lines), None)
    return None if conflict is None else sum(len(line) + 1 for line in lines[: conflict.marks[0]])
